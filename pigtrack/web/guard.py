"""Who asks, and whether they may: the one place where the web app decides it, before anything else is done.

A route says what it is for by a dependency: `Needs(Verb.VIEW)`, or `ByLink` for a patient. A test holds that every
route has one, or stands among the few that anybody may ask for.
"""

import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from pigtrack.errors import NotAllowedError, NotSignedInError
from pigtrack.model.record import Actor, Role
from pigtrack.model.roles import Verb, may, roles_for
from pigtrack.tracker.record.desk import Record
from pigtrack.tracker.record.signing_in import VIA, known_by
from pigtrack.web.desk import desk_of
from pigtrack.web.posted import read_form
from pigtrack.web.rates import rates_of, refuse_hasty

FORM_TOKEN = "form_token"
TOKEN_HEADER = "X-Form-Token"
TOO_MUCH = "Your browser asks for more than any person can."
_HARMLESS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Asker:
    """A user who may do what the route is for. ``who`` is what use cases take as ``by``, ``record`` as ``data``."""

    who: Actor
    role: Role
    form_token: str
    record: Record = field(repr=False)

    def may(self, verb: Verb) -> bool:
        """Tell whether they may do something else, so that a page offers no button that would refuse them."""
        return may(self.role, verb)


@dataclass(frozen=True, slots=True)
class LinkAsker:
    """A patient who came by their link and typed its code; ``link`` is its id."""

    link: str
    form_token: str
    record: Record = field(repr=False)


@dataclass(frozen=True, slots=True)
class Needs:
    """The dependency of a route for users: somebody is signed in, may do this, and sent the form themselves."""

    verb: Verb

    async def __call__(self, request: Request) -> Asker:
        """Return who asks.

        Raises
        ------
        NotSignedInError
            If nobody is signed in.
        NotAllowedError
            If their role may not do it, or another site sent them here.
        TooOftenError
            If they ask for more than any person can.
        """
        desk = desk_of(request)
        token = request.cookies.get(cookie_name(request))
        known = None if not token else await run_in_threadpool(known_by, record=desk.record, token=token)
        if known is None or known.user is None or known.role is None:
            raise NotSignedInError("Nobody is signed in.", "Sign in, and do it again.")
        refuse_hasty(rates_of(request).askers, known.form_token, TOO_MUCH)
        if not may(known.role, self.verb):
            wanted = " or ".join(each.value for each in roles_for(self.verb))
            raise NotAllowedError(
                f"You are signed in as {known.role.told} and may not {self.verb}.", f"That is for: {wanted}."
            )
        await refuse_forged(request, known.form_token)
        return Asker(Actor(known.user, known.role, via=VIA), known.role, known.form_token, desk.record)


class ByLink:
    """The dependency of a route for a patient: their browser was shown the link's code."""

    async def __call__(self, request: Request) -> LinkAsker:
        """Return who asks; a withdrawn or expired link is for the use case to refuse.

        Raises
        ------
        NotSignedInError
            If the code was not typed yet, or too long ago.
        TooOftenError
            If they ask for more than any person can.
        """
        desk = desk_of(request)
        token = request.cookies.get(link_cookie_name(request))
        known = None if not token else await run_in_threadpool(known_by, record=desk.record, token=token)
        if known is None or known.link is None:
            raise NotSignedInError("The code was not typed yet, or too long ago.", "Open your link again.")
        refuse_hasty(rates_of(request).askers, known.form_token, TOO_MUCH)
        await refuse_forged(request, known.form_token)
        return LinkAsker(known.link, known.form_token, desk.record)


def cookie_name(request: Request) -> str:
    """Return what the session's cookie is called; with TLS its name binds it to this host (RFC 6265bis, 4.1.3)."""
    return "__Host-pigtrack" if desk_of(request).serving.secure else "pigtrack"


def link_cookie_name(request: Request) -> str:
    """Return what the cookie of a patient's session is called."""
    return f"{cookie_name(request)}-link"


async def refuse_forged(request: Request, form_token: str) -> None:
    """Refuse what another site's page sent: by where it came from, and by a secret that only our own pages hold.

    Raises
    ------
    NotAllowedError
        If it was not sent from our own page.
    """
    if request.method in _HARMLESS:
        return
    refuse_foreign(request)
    shown = request.headers.get(TOKEN_HEADER) or ""
    if not shown and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        shown = (await read_form(request)).text(FORM_TOKEN, required=False)
    if not hmac.compare_digest(shown.encode(), form_token.encode()):
        raise NotAllowedError("This form was opened too long ago, or not by you.", "Load the page again, and repeat.")


def refuse_foreign(request: Request) -> None:
    """Refuse a request that a page of another site makes, by what the browser itself says of it.

    Raises
    ------
    NotAllowedError
        If it comes from elsewhere.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = request.headers.get("host", "")
    said = site in ("same-origin", "none")
    if not said and (site is not None or (origin is not None and urlsplit(origin).netloc != own)):
        raise NotAllowedError("Another site sent you here to do this.", "Do it from our own page.")
