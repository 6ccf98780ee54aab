"""One page over plain HTTP: the certificate that phones are to trust before they can open anything else.

It shows nothing of the record and takes nothing in. That the certificate is the right one is seen by its fingerprint,
which stands in the terminal of the machine that serves.
"""

from collections.abc import Callable
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pigtrack.tracker.certificates import Certificates
from pigtrack.web.pages import set_page
from pigtrack.web.safety import Safety

CERTIFICATE = "/pigtrack.crt"
_STYLE = "/style.css"

_X509 = "application/x-x509-ca-cert"
"""What iOS and Android take for a certificate to be trusted."""


def trust_app(certificates: Certificates, *, address: str, hosts: tuple[str, ...]) -> ASGIApp:
    """Return the app that hands out the authority's certificate.

    Parameters
    ----------
    address : str
        Where pigtrack itself is.
    hosts : tuple of str
        Names under which it may be asked for.
    """
    told = {"address": address, "fingerprint": certificates.fingerprint, "certificate": CERTIFICATE, "style": _STYLE}
    page = set_page("trust.html", **told)
    style = (resources.files("pigtrack.web") / "static" / "style.css").read_bytes()
    routes = [
        Route("/", _always(HTMLResponse, page)),
        Route(CERTIFICATE, _always(Response, certificates.authority, media_type=_X509)),
        Route(_STYLE, _always(Response, style, media_type="text/css")),
    ]
    return Safety(Starlette(routes=routes), hosts=hosts, secure=False)


def _always(kind: Callable[..., Response], content: bytes | str, **how: Any) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return kind(content, **how)

    return answer
