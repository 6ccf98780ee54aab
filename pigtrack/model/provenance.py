"""Where a number came from."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A step of the method by name, with the whole number that is raised whenever its results may differ."""

    name: str
    version: int


def digest_versions(algorithms: Sequence[Algorithm]) -> str:
    """Return the SHA-256 of algorithms with their versions: what two measurements must share to be compared.

    Notes
    -----
    Of the UTF-8 text of a JSON list ``[["name",version],...]`` in order, without spaces.
    """
    told = json.dumps(sorted([each.name, each.version] for each in algorithms), separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
