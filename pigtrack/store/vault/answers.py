"""What a server of object storage answered, in one sentence with a remedy."""

import re

from pigtrack.errors import OriginalError
from pigtrack.store.naming import quoted
from pigtrack.store.vault.digests import missing, short
from pigtrack.store.vault.place import Place

_STATUS = re.compile(r"status code: (\d{3} [A-Z][A-Za-z ]*)")
_REFUSALS = ("401", "403")


def is_bucket_missing(fault: Exception) -> bool:
    """Tell whether a server says that it is the bucket that is not there, and not the object."""
    return "NoSuchBucket" in str(fault)


def translated(fault: Exception, what: str, place: Place, digest: str) -> OriginalError:
    """Return what a person is told of a server's answer, or of none.

    Parameters
    ----------
    fault : Exception
        As obstore raised it. Its own message holds pages of its inner state.
    what : str
        What could not be done with the original: ``kept``, ``read``.
    digest : str
        Of which original, or empty: of all.
    """
    if isinstance(fault, FileNotFoundError) and digest and not is_bucket_missing(fault):
        return missing(digest)
    one = f"The original {short(digest)}" if digest else "The originals"
    why, remedy = _why(fault, place)
    return OriginalError(f"{one} can't be {what} in {quoted(place.shown)}: {why}.", remedy, name=digest)


def _why(fault: Exception, place: Place) -> tuple[str, str]:
    """Return the reason and the remedy."""
    status = _STATUS.search(str(fault))
    if is_bucket_missing(fault):
        return f'there is no bucket "{place.bucket}"', "Have it made, or mend the place in pigtrack.toml."
    if status and status[1].startswith(_REFUSALS):
        return (
            f"{place.endpoint} refuses the credentials ({status[1].strip()})",
            "Set those of somebody who may read and write there, as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    if status:
        return f"{place.endpoint} answers {status[1].strip()}", "Do this again later, or ask whoever runs that server."
    return (
        f"{place.endpoint} does not answer",
        "Look whether the server runs and the network is up, then do this again.",
    )
