"""The app: its chapters put together, behind what holds for all of them."""

from importlib import resources

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pigtrack import __version__
from pigtrack.tracker.errands import Errands
from pigtrack.web.desk import WebDesk
from pigtrack.web.pages import STATIC
from pigtrack.web.problems import add_problems
from pigtrack.web.rates import Rates
from pigtrack.web.routes import ROUTERS
from pigtrack.web.safety import Safety

_FOR_EVER = "public, max-age=31536000, immutable"


def create_app(desk: WebDesk) -> FastAPI:
    """Return the app that shows a record."""
    app = FastAPI(title="pigtrack", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.rates = Rates()
    app.state.errands = Errands(desk.record)  # at once: it clears away what an earlier server made and never gave
    for router in ROUTERS:
        app.include_router(router)
    app.mount(STATIC, _Static(directory=str(resources.files("pigtrack.web") / "static")))
    add_problems(app)
    app.add_middleware(Safety, hosts=desk.serving.hosts, secure=desk.serving.secure)
    return app


class _Static(StaticFiles):
    """Our own files, whose addresses change with them."""

    async def get_response(self, path: str, scope: Scope):  # type: ignore[no-untyped-def]
        """Return a file, to be kept by the browser where its address tells its version."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOR_EVER if scope.get("query_string") else "no-cache"
        return response
