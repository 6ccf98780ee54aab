"""Camera raw, by LibRaw: linear camera R, G, B."""

import io

from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal
from pigtrack.store.decoding.opened import Opened, judge_memory, judge_size, muffled

_BYTES_A_PIXEL = 17.5
"""Measured with LibRaw 0.22: its mosaic, four channels, and what it hands over."""


def open_raw(data: bytes) -> Opened:
    """Read the header of a camera raw file, where the extra ``raw`` is installed."""
    try:
        import rawpy
    except ImportError as fault:
        raise Refusal("is a camera raw file", "Install pigtrack[raw] to read it, or give a JPEG.") from fault
    try:
        with muffled():
            raw = rawpy.imread(io.BytesIO(data))
    except rawpy.LibRawError as fault:
        raise Refusal("is a camera raw file that can't be read", "Convert it to DNG 1.6 or to 16-bit TIFF.") from fault
    judge_size(raw.sizes.width, raw.sizes.height)
    judge_memory(int(_BYTES_A_PIXEL * raw.sizes.width * raw.sizes.height), "camera raw", "Convert it to 16-bit TIFF.")

    def decode() -> Pixels:
        with raw, muffled() as said:
            pixels: Pixels = raw.postprocess(
                gamma=(1, 1),
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                output_bps=16,
                output_color=rawpy.ColorSpace.raw,
                use_camera_wb=True,
            )
        if said:
            raise Refusal("is damaged or cut short", SEND_AGAIN)
        return pixels

    return Opened(exif=Exif(data), orientation=1, decode=decode, encoding=Encoding.LINEAR)
