"""Originals in S3-compatible object storage, through obstore (the extra ``s3``)."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pigtrack.errors import OriginalError, RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.vault.answers import is_bucket_missing, translated
from pigtrack.store.vault.digests import PIECE_BYTES, damaged, is_digest, parts_of
from pigtrack.store.vault.place import Place, parse_place

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import ClientConfig, RetryConfig, S3Store

_RETRIES: "RetryConfig" = {
    "max_retries": 5,
    "retry_timeout": timedelta(minutes=1),
    "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=5), "base": 2},
}
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)  # without any of these, obstore would ask a cloud's machine for them, and wait long where there is no cloud


def open_s3(place: str) -> "S3Originals":
    """Open a store of originals in object storage; nothing is sent before the first of them is kept or read.

    Parameters
    ----------
    place : str
        ``s3://bucket/prefix?endpoint=https://...&region=...``, see `parse_place`.

    Raises
    ------
    RecordError
        If the place can't be understood, obstore is not installed, or the environment holds no credentials.
    """
    parsed = parse_place(place)
    if find_spec("obstore") is None:
        raise RecordError("Originals in object storage need pigtrack[s3]:", "pip install 'pigtrack[s3]'.")
    if not any(os.environ.get(name) for name in _CREDENTIALS):
        raise RecordError(
            f"No credentials are set for the originals in {quoted(parsed.shown)}.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, not in any file of the record.",
        )
    return S3Originals(_connect(parsed), parsed)


class S3Originals:
    """A store of originals in object storage, laid out as in a folder; see `Originals` for what its methods promise.

    Every write is create-only (``If-None-Match: *``), so nothing is ever written over. A server that does not know
    that condition would break the promise unseen: Amazon's own, MinIO and Ceph know it.

    Notes
    -----
    Tested against ``moto_server`` on this machine. What that does not prove: that a server keeps what it confirmed
    (durability is its operator's to say), that two of its machines agree on who was first, and certificates (there is
    no TLS on loopback). Have the bucket's versioning and object lock turned on where the server offers them.
    """

    def __init__(self, store: "S3Store", place: Place) -> None:
        self._store = store
        self._place = place

    def put(self, sealed: bytes) -> str:
        """Keep sealed bytes for good and return their digest."""
        digest = hashlib.sha256(sealed).hexdigest()
        key = self._key(digest)
        if not self._create(key, sealed, digest) and not self.check(digest):
            raise OriginalError(
                f"{quoted(key)} in {quoted(self._place.shown)} is damaged, and is never written over.",
                "Move that object away and do this again: the photograph at hand is kept in its place.",
                name=digest,
            )
        return digest

    def get(self, digest: str) -> bytes:
        """Return stored bytes, checked against their digest."""
        import obstore

        key = self._key(digest)
        with self._told("read", digest):
            stored = bytes(obstore.get(self._store, key).bytes())
        if hashlib.sha256(stored).hexdigest() != digest:
            raise damaged(digest)
        return stored

    def has(self, digest: str) -> bool:
        """Tell whether something is stored under a digest."""
        import obstore

        key = self._key(digest)
        with self._told("looked for", digest):
            try:
                obstore.head(self._store, key)
                return True
            except FileNotFoundError:  # this answer has no words: it does not say whether there is a bucket at all
                return self._find(key) is not None

    def digests(self) -> Iterator[str]:
        """Go through the digests of all that is stored, in the order of the server: S3's is by name."""
        import obstore

        with self._told("listed"):
            for chunk in obstore.list(self._store, chunk_size=1000):
                for each in chunk:
                    first, _, rest = each["path"].partition("/")
                    second, _, name = rest.partition("/")
                    if is_digest(name) and name.startswith(first + second) and len(first) == len(second) == 2:
                        yield name

    def check(self, digest: str) -> bool:
        """Tell whether the stored bytes are there and whole."""
        key = self._key(digest)
        read = hashlib.sha256()
        with self._told("read", digest):
            found = self._find(key)
            if found is None:
                return False
            for piece in found.stream(min_chunk_size=PIECE_BYTES):
                read.update(piece)
        return read.hexdigest() == digest

    def delete(self, digest: str) -> None:
        """Remove stored bytes, where they are there; of a bucket that keeps versions, the newest."""
        import obstore

        key = self._key(digest)
        with self._told("removed", digest):
            obstore.delete(self._store, key)

    def _key(self, digest: str) -> str:
        return "/".join(parts_of(digest))

    def _find(self, key: str) -> "GetResult | None":
        """Ask for an object; None where the bucket is there and holds none of that key."""
        import obstore

        try:
            return obstore.get(self._store, key)
        except FileNotFoundError as fault:
            if is_bucket_missing(fault):
                raise
            return None

    def _create(self, key: str, sealed: bytes, digest: str) -> bool:
        """Write an object unless there is one of that key, and tell whether it was written.

        Where an answer is lost on the way, obstore asks again, and hears that there is one: the one it wrote.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._told("kept", digest):
            try:
                obstore.put(self._store, key, sealed, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    @contextmanager
    def _told(self, what: str, digest: str = "") -> Iterator[None]:
        """Tell in one sentence what the server refuses."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as fault:
            raise translated(fault, what, self._place, digest) from fault


def _connect(place: Place) -> "S3Store":
    """Make obstore's own store. What the environment might say otherwise of where and how to write is said here."""
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    try:
        return S3Store(
            place.bucket,
            prefix=place.prefix or None,
            endpoint=place.endpoint,
            aws_endpoint_url_s3=place.endpoint,
            region=place.region,
            virtual_hosted_style_request=False,
            conditional_put="etag",
            checksum_algorithm="SHA256",  # the server compares what came with what was sent
            disable_bulk_delete=True,  # not every compatible server knows it
            client_options=_options(place),
            retry_config=_RETRIES,
        )
    except (BaseError, ValueError) as fault:
        raise RecordError(
            "What the environment says of object storage can't be understood.",
            "Look at the variables whose names begin with AWS_.",
        ) from fault


def _options(place: Place) -> "ClientConfig":
    """Return how the server is spoken to; this machine itself never through a proxy, whatever the environment says."""
    options: ClientConfig = {"timeout": "5m", "connect_timeout": "5s", "allow_http": place.loopback is not None}
    if place.loopback is not None:
        return {**options, "proxy_url": place.endpoint, "proxy_excludes": place.loopback}
    return options
