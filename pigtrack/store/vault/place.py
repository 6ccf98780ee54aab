"""The place of originals in object storage, as pigtrack.toml names it."""

import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pigtrack.errors import RecordError
from pigtrack.store.addresses import fault_of_address, is_loopback

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # Amazon S3, "General purpose bucket naming rules"
_PREFIX = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]+")
_REMEDY = 'Name it as in "s3://bucket/prefix?endpoint=https://storage.example&region=eu-central-1".'


@dataclass(frozen=True, slots=True)
class Place:
    """Where in object storage originals lie.

    Attributes
    ----------
    prefix : str
        What the keys begin with, without a slash at either end; may be empty.
    endpoint : str
        Address of the server.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str

    @property
    def shown(self) -> str:
        """The place for messages, without its server."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def loopback(self) -> str | None:
        """The host, where it is this machine."""
        host = urlsplit(self.endpoint).hostname
        return host if is_loopback(host) else None


def parse_place(place: str) -> Place:
    """Read ``s3://bucket/prefix?endpoint=...&region=...``.

    The endpoint is Amazon's own of the region where it is left out; the region is ``us-east-1``, as compatible servers
    expect, where only that is left out.

    Raises
    ------
    RecordError
        If it is anything else. It is not repeated then: somebody may have written a password into it.

    Examples
    --------
    >>> parse_place("s3://clinic/originals?endpoint=https://storage.example").endpoint
    'https://storage.example'
    >>> parse_place("s3://clinic?region=eu-central-1").endpoint
    'https://s3.eu-central-1.amazonaws.com'
    """
    parts, keys = _parts_of(place)
    endpoint, region = keys.get("endpoint"), keys.get("region")
    if endpoint is None and region is None:
        _refuse("it names neither an endpoint nor a region")
    if region is not None and not _REGION.fullmatch(region):
        _refuse("its region is no region's name")
    endpoint = endpoint or f"https://s3.{region}.amazonaws.com"
    if fault := fault_of_address(endpoint):
        _refuse(f"of its endpoint, {fault}")
    return Place(parts.netloc, parts.path.strip("/"), endpoint.rstrip("/"), region or "us-east-1")


def _parts_of(place: str) -> tuple[SplitResult, dict[str, str]]:
    """Split a place, and look at all but what its keys say."""
    try:
        parts = urlsplit(place)
        pairs = parse_qsl(parts.query, strict_parsing=True, keep_blank_values=True) if parts.query else []
    except ValueError:
        _refuse("it can't be read")
    prefix = parts.path.strip("/")
    if not _BUCKET.fullmatch(parts.netloc):
        _refuse("it names no bucket")
    if parts.fragment or (prefix and (not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")))):
        _refuse("its prefix has letters that stand for something else there")
    keys = dict(pairs)
    if len(keys) < len(pairs) or keys.keys() - {"endpoint", "region"}:
        _refuse("it says more than an endpoint and a region, each once")
    return parts, keys


def _refuse(why: str) -> NoReturn:
    raise RecordError(f"The place of the originals in object storage can't be understood: {why}.", _REMEDY)
