"""Live pictures of a camera, as a page sends them: small JPEG, looked at once and forgotten."""

import warnings

from pigtrack.errors import PhotographError
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.store.containers import SEND_AGAIN, Kind, Refusal
from pigtrack.store.decoding import open_bytes
from pigtrack.store.decoding.opened import open_pillow

LONGEST_PX = 1280
"""A picture of the largest size that is taken fills 4 MB of memory, whatever its bytes say."""

_NAME = "live picture"


def read_frame(data: bytes) -> Photograph:
    """Read a live picture: JPEG of up to 1280 pixels a side. Nothing that it tells beside its pixels is read.

    Raises
    ------
    PhotographError
        If it is none, is damaged, or is too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            longest = max(open_pillow(data, "JPEG").size)
            if longest > LONGEST_PX:
                raise Refusal(f"has {longest} pixels on a side", f"Send up to {LONGEST_PX}.")
            pixels = open_bytes(data, Kind.JPEG).decode()
    except (PhotographError, MemoryError):
        raise
    except Refusal as refusal:
        raise PhotographError(f"The {_NAME} {refusal.reason}.", refusal.remedy) from refusal
    except Exception as fault:  # damaged bytes make foreign decoders raise anything at all
        raise PhotographError(f"The {_NAME} can't be decoded.", SEND_AGAIN) from fault
    return Photograph(_NAME, pixels, Encoding.SRGB, "")
