"""Time stamps by RFC 3161: somebody outside confirms that a digest existed at a time. Asked for only when a user does.

Only a digest is sent. It says nothing of any patient.
"""

import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from pigtrack.errors import RecordError
from pigtrack.store.addresses import fault_of_address, is_loopback
from pigtrack.store.naming import quoted

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

DIGEST_BYTES = 32
_TIMEOUT_S = 20.0
_MOST_BYTES = 1 << 16  # a stamp with its certificates has 2 to 8 KB
_SHA256 = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier of SHA-256, DER (RFC 8017, B.1)
_NONCE_BYTES = 8
_GRANTED = 0


def request_stamp(digest: bytes, url: str) -> bytes:
    """Ask a time stamping authority to stamp a digest, and return its answer.

    Parameters
    ----------
    digest : bytes
        SHA-256, 32 bytes. It is what is stamped, so that ``openssl ts -verify -digest`` takes the answer as well.
    url : str
        Of the authority: https, or http on this machine.

    Returns
    -------
    token : bytes
        The whole answer (a TimeStampResp, DER). That it answers this question has been looked at; whose it is, only
        `check_stamp` tells.

    Raises
    ------
    RecordError
        If the authority can't be reached, refuses, or answers something else.
    ValueError
        If the digest is not 32 bytes long.

    References
    ----------
    RFC 3161, doi:10.17487/RFC3161.
    """
    _require_extra()
    if fault := fault_of_address(url):
        raise RecordError(
            f"{quoted(_without_secrets(url))} can't be asked for a time stamp: {fault}.",
            'Name an address as in "https://stamps.example/tsr".',
        )
    nonce = secrets.randbits(8 * _NONCE_BYTES - 1)
    token = _post(url, _request(digest, nonce))
    with _parsed(token) as stamp:
        if stamp.status != _GRANTED:
            raise _no_stamp(url, f"it refuses (status {stamp.status})", "Ask whoever runs it for the conditions.")
        if (stamp.tst_info.nonce, stamp.tst_info.message_imprint.message) != (nonce, digest):
            raise _no_stamp(url, "it answers another question", "Do this again, or name another authority.")
    return token


def check_stamp(token: bytes, digest: bytes, roots: bytes) -> datetime:
    """Return the time that a stamp confirms for a digest.

    Parameters
    ----------
    token : bytes
        As `request_stamp` returned it.
    digest : bytes
        SHA-256, 32 bytes.
    roots : bytes
        Certificates of those who are trusted, PEM, with any that stand between them and the authority's own. They had
        to be valid at the time that is confirmed, not today.

    Returns
    -------
    at : datetime
        In UTC.

    Raises
    ------
    RecordError
        If the stamp was changed, is of another digest, or comes from nobody who is trusted.
    """
    _require_extra()
    from rfc3161_client import VerificationError, VerifierBuilder

    trusted = _certificates(roots)
    with _parsed(token) as stamp:
        try:
            VerifierBuilder(roots=trusted).build().verify(stamp, digest)
        except VerificationError as fault:
            why = "it is of another digest" if "Mismatch between messages" in str(fault) else "nobody trusted made it"
            raise RecordError(
                f"The time stamp does not stand: {why}, or it was changed.",
                "Look whether it was kept beside this entry, and whether the certificates are those of its authority.",
            ) from fault
        return stamp.tst_info.gen_time


def _require_extra() -> None:
    if find_spec("rfc3161_client") is None:
        raise RecordError("Time stamps need pigtrack[timestamp]:", "pip install 'pigtrack[timestamp]'.")


def _request(digest: bytes, nonce: int) -> bytes:
    """Return a TimeStampReq in DER: version 1, what is to be stamped, the nonce, and that certificates are wanted."""
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"digest must be {DIGEST_BYTES} bytes, not {len(digest)}")
    imprint = _der(0x30, _SHA256 + _der(0x04, digest))
    number = _der(0x02, nonce.to_bytes(nonce.bit_length() // 8 + 1, "big"))
    return _der(0x30, _der(0x02, b"\x01") + imprint + number + _der(0x01, b"\xff"))


def _der(tag: int, content: bytes) -> bytes:
    """Return one value in DER. All of a request is short enough for a length of one byte."""
    return bytes((tag, len(content))) + content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses to be sent elsewhere: only the address that the user named is spoken to."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _post(url: str, request: bytes) -> bytes:
    """Send a request and return the answer. This machine itself is never asked through a proxy."""
    proxies = urllib.request.ProxyHandler({} if is_loopback(urlsplit(url).hostname) else None)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    asked = urllib.request.Request(url, request, headers)
    try:
        with urllib.request.build_opener(proxies, _NoRedirects).open(asked, timeout=_TIMEOUT_S) as answer:
            token: bytes = answer.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as fault:
        fault.close()
        raise _no_stamp(url, f"it answers {fault.code}", "Look whether the address is right.") from fault
    except (OSError, HTTPException) as fault:
        raise _no_stamp(url, "it does not answer", "Look whether the network is up, then do this again.") from fault
    return token


@contextmanager
def _parsed(token: bytes) -> "Iterator[TimeStampResponse]":
    """Take an answer apart; parts of it are read only when they are asked for, so until the ``with`` block ends."""
    from rfc3161_client import decode_timestamp_response

    try:
        if len(token) > _MOST_BYTES:
            raise ValueError("too long")
        yield decode_timestamp_response(token)
    except ValueError as fault:
        raise RecordError(
            "What is there as a time stamp can't be read as one.",
            "Look whether the address is that of a time stamping authority (RFC 3161).",
        ) from fault


def _certificates(roots: bytes) -> "list[Certificate]":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(roots)
    except ValueError as fault:
        raise RecordError(
            "The certificates of those trusted with time stamps can't be read.", "Give them as PEM."
        ) from fault


def _no_stamp(url: str, why: str, remedy: str) -> RecordError:
    return RecordError(f"There is no time stamp from {quoted(_without_secrets(url))}: {why}.", remedy)


def _without_secrets(url: str) -> str:
    """Return an address without what may be somebody's password or token."""
    return url.split("?")[0].rsplit("@")[-1]
