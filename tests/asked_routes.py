"""Every route of the web app as tests ask for it: who may, by the guard it names, and its address with real ids."""

import re
import secrets
from dataclasses import dataclass, replace

from fastapi.routing import APIRoute
from served_records import PEOPLE, Person
from sqlalchemy import select

from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb, may
from pigtrack.store.record.links import add_link
from pigtrack.store.record.tables import courses, users
from pigtrack.store.record.web_sessions import begin_session
from pigtrack.web.guard import ByLink, Needs
from pigtrack.web.routes import ROUTERS

HARMLESS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Asked:
    """A route as it is asked for by one method; ``guards`` are those that it names, here or in what it rests on."""

    method: str
    path: str
    guards: tuple
    route: APIRoute
    address: str = ""

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def verb(self) -> Verb | None:
        """What users must be allowed to do; None: it is not for users."""
        return self.guards[0].verb if self.guards and isinstance(self.guards[0], Needs) else None

    @property
    def for_patients(self) -> bool:
        """Whether it is for whoever came by a link."""
        return bool(self.guards) and not isinstance(self.guards[0], Needs)

    @property
    def changes(self) -> bool:
        """Whether it may change the record."""
        return self.method not in HARMLESS

    def lets(self, name: str) -> bool:
        """Tell whether it is for one of `PEOPLE`, by the one table of who may do what."""
        return self.verb is not None and may(PEOPLE[name], self.verb)

    def ask(self, person: Person, **how):
        """Ask for it; only the beginning of an answer is waited for, as some go on while the page is open."""
        with person.stream(self.method, self.address, **how) as answer:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                answer.read()
            return answer


def asked_routes(clinic) -> list[Asked]:
    """Return all routes of the app, with addresses that name what is in a record."""
    found = []
    for route in (each for router in ROUTERS for each in router.routes):
        assert isinstance(route, APIRoute), f"{route} is no route that can name a guard"
        guards = tuple(_guards(route.dependant))
        found += [Asked(method, route.path, guards, route) for method in sorted(route.methods)]
    known = _known(clinic)
    return [replace(each, address=_address(each.path, known)) for each in found]


def _guards(dependant):
    for each in dependant.dependencies:
        if isinstance(each.call, Needs | ByLink):
            yield each.call
        yield from _guards(each)


def _known(clinic) -> dict[str, str]:
    with clinic.record.reading() as connection:
        user = connection.execute(select(users.c.id).where(users.c.name == "otto")).scalar_one()
    return {"course": clinic.course_ids()[0], "user": user, "session": "1", "number": "1", "lesion": "1"}


def _address(path: str, known: dict[str, str]) -> str:
    """Fill an address; what is not known is an id that nothing has."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: known.get(part[1], "00000000-0000-4000-8000-000000000000"), path)


def by_link(clinic, *, cookie: str = "pigtrack-link") -> Person:
    """Return the browser of a patient who came by a link of the first course and typed its code."""
    with clinic.record.writing(Actor("olga")) as unit:
        course = unit.connection.execute(select(courses).order_by(courses.c.label)).mappings().first()
        token = secrets.token_urlsafe(32)
        link = add_link(unit, course, token=token, code="", expires="2099-01-01T00:00:00.000000+00:00")
        secret = begin_session(unit, link=link)
    person = clinic.as_(None)
    person.cookies.set(cookie, secret)
    return person


def own_headers(clinic) -> dict[str, str]:
    """Return what a browser says of a request that our own page makes."""
    return {"Origin": clinic.address, "Sec-Fetch-Site": "same-origin"}
