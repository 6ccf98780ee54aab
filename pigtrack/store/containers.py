"""What a file is, told from its bytes and never from its name."""

from enum import Enum


class Refusal(Exception):
    """Why the bytes can't be used: ``reason`` completes the sentence "The photograph …"."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Kind(Enum):
    """The containers that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    HEIC = "HEIC"
    RAW = "camera raw"


MEDIA_TYPES = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.TIFF: "image/tiff",
    Kind.HEIC: "image/heic",
    Kind.RAW: "image/x-raw",
}
"""Names of the kinds as RFC 6838 registers them; raw formats have none."""

CHOOSE_ANOTHER = "Give a photograph as JPEG, PNG, TIFF, HEIC or camera raw."
SEND_AGAIN = "Copy it from the camera again."

RAW_SUFFIXES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".rw2", ".orf", ".pef", ".srw"})
"""TIFF and raw files begin alike, so here alone the name is asked."""

_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "an archive or office document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x00\x00\x01\xba", "a video"),
    (b"<svg", "a drawing"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"})
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR")
_TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def recognise(start: bytes, suffix: str) -> Kind:
    """Tell the container from the first bytes of a file.

    Parameters
    ----------
    start : bytes
        At least the first 32 bytes.
    suffix : str
        Of the file's name, with its dot; tells raw files from TIFF.
    """
    if start.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if start.startswith(_RAW_STARTS):
        return Kind.RAW
    if start.startswith(_TIFF_STARTS):
        return Kind.RAW if suffix.lower() in RAW_SUFFIXES or start[8:10] == b"CR" else Kind.TIFF
    if start[4:8] == b"ftyp":
        return _boxed(start[8:12])
    raise Refusal(f"is {_other(start)}", CHOOSE_ANOTHER)


def _boxed(brand: bytes) -> Kind:
    if brand in _HEIC_BRANDS:
        return Kind.HEIC
    if brand == b"crx ":
        return Kind.RAW
    if brand in (b"avif", b"avis"):
        raise Refusal("is an AVIF picture", CHOOSE_ANOTHER)
    if brand in (b"hevc", b"hevx", b"msf1"):
        raise Refusal("is a sequence of pictures", "Give one still photograph.")
    raise Refusal("is a video", "Give a still photograph.")


def _other(start: bytes) -> str:
    for mark, what in _STARTS:
        if start.startswith(mark):
            return what
    if start[:4] == b"RIFF":
        return "a WebP picture" if start[8:12] == b"WEBP" else "a video or sound"
    text = bytes(range(32, 127)) + b"\t\r\n"
    return "a text" if not start.translate(None, text) else "no picture"
