"""What holds for every answer, whoever asks: headers that browsers heed, hosts that are ours, bodies that fit."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pigtrack.web.posted import FORM_BYTES_MOST

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self' blob:; font-src 'self'; manifest-src 'self'; form-action 'self'; frame-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; object-src 'none'"
)
"""Content security policy: nothing from elsewhere, no script or style inside a page (ASVS 5.0, 3.4.3)."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send our own forms with an origin of null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), interest-cohort=()",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}
"""Given to every answer that does not bring its own."""

UPLOAD_BYTES_MOST = 128 * 1024 * 1024
"""A raw photograph of 50 megapixels has 60 to 100 MB."""

UPLOADS = "/api/uploads/"
"""Where photographs are put: all else takes small bodies only.

What is posted there is JSON, which is read whole before it is asked who sends it: 100 MB of it took 250 MB."""


def headers_for(*, secure: bool) -> dict[str, str]:
    """Return what every answer is given; ``secure``: browsers reach us by TLS, and shall never again without."""
    return {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if secure else {})}


class Safety:
    """Wraps the app: refuses foreign hosts and bodies that are too large, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...], secure: bool) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._headers = headers_for(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = self._guarded(send)
        headers = Headers(scope=scope)
        puts = scope["method"] == "PUT" and scope["path"].startswith(UPLOADS)
        most = UPLOAD_BYTES_MOST if puts else FORM_BYTES_MOST
        if not self._is_ours(headers.get("host", "")):
            await _refuse(guarded, 421, "This address is none of ours.", "Use the one that pigtrack was started with.")
        elif _is_long(headers.get("content-length"), most):
            await _refuse(guarded, 413, f"More than {most // 1_000_000} MB is not taken.", "Send less at a time.")
        else:
            await self._app(scope, _Counted(receive, most), guarded)

    def _is_ours(self, host: str) -> bool:
        name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
        return name in self._hosts

    def _guarded(self, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return guarded


def _is_long(length: str | None, most: int) -> bool:
    return length is not None and length.isdigit() and int(length) > most


class _Counted:
    """Hands a body on, up to so many bytes: whoever reads one that is longer, and did not say so, is stopped there."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message


async def _refuse(send: Send, status: int, problem: str, remedy: str) -> None:
    body = json.dumps({"type": "about:blank", "title": problem, "status": status, "detail": remedy}).encode()
    head = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
