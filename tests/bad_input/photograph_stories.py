"""Bad photographs: what is given for one, how big, how named. Each is checked, and each is measured in a course."""

import random
import struct

import numpy as np
from drawn_files import animated, deep_png, encoded, exif, in_mode, jpeg_with, png_chunk, scene, tiff


def header_of(width: int, height: int) -> bytes:
    """A PNG whose header promises a size, and which holds nothing."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"x\x9c"), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


DEEP = scene(70, 96).astype(np.uint16) * 257
NOISE = bytes(random.Random(0).randrange(256) for _ in range(500))
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'

REFUSED = {
    "nothing in it": (b"", "is empty"),
    "a text": (b"Dear doctor,\r\nhere is my photograph.\n", "is a text"),
    "a page of a browser": (b"<!DOCTYPE html><html></html>" * 9, "is a text"),
    "an SVG": (SVG, "is a text"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 99, "is a PDF document"),
    "a film": (b"\0\0\0 ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 99, "is a video"),
    "an archive": (b"PK\3\4" + b"\0" * 99, "is an archive"),
    "noise": (NOISE, "is no picture"),
    "a still GIF": (encoded(scene(), "GIF"), "is a GIF picture"),
    "a moving GIF": (animated("GIF"), "is a GIF picture"),
    "a moving WebP": (animated("WEBP"), "is a WebP picture"),
    "a moving PNG": (animated("PNG"), "is an animation"),
    "two pages": (animated("TIFF"), "holds 2 full pictures"),
    "one pixel": (encoded(np.zeros((1, 1, 3), np.uint8), "PNG"), "only 1 x 1 pixels"),
    "a thumbnail": (encoded(scene(48, 64)), "only 64 x 48 pixels"),
    "100,000 x 100,000 pixels by its header": (header_of(100_000, 100_000), "more than 100 million"),
    "no pixel by its header": (header_of(0, 0), "is damaged"),
    "cut short": (encoded(scene())[:2000], "cut short"),
    "grey": (encoded(scene()[..., 0]), "has no colour"),
    "1 bit": (encoded(scene()[..., 0] > 128, "PNG"), "has no colour"),
    "16 bits of grey": (encoded(DEEP[..., 0], "PNG"), "has no colour"),
    "a palette": (in_mode("P", "PNG"), "has a palette"),
    "printing colours": (in_mode("CMYK"), "has printing colours"),
    "wholly transparent": (encoded(np.dstack([scene(), np.zeros((80, 112), np.uint8)]), "PNG"), "is transparent over"),
    "floating point": (tiff(scene().astype(np.float32)), "unusual kind of TIFF pixels"),
    "an interlaced PNG of 16 bits": (deep_png(DEEP, interlace=1), "interlaced PNG of 16 bits"),
}
"""Contents that are no photograph, whatever the name says."""

NO_CARD = {
    "a scene without a card": encoded(scene(400, 600)),
    "all black": encoded(np.zeros((300, 400, 3), np.uint8)),
    "all white": encoded(np.full((300, 400, 3), 255, np.uint8)),
    "an orientation of 9": encoded(scene(400, 600), exif=exif(9)),
    "a date of the year 0": encoded(scene(400, 600), exif=exif(1, "0000:00:00 00:00:00")),
    "a date that is none": encoded(scene(400, 600), exif=exif(1, "yesterday, or so \0\xff")),
    "an exposure of 0/0 s": encoded(scene(400, 600), exif=exif(1, None, t0x829A=(0, 0))),
    "EXIF of noise": jpeg_with(encoded(scene(400, 600)), (0xE1, b"Exif\0\0" + NOISE)),
    "a colour profile of noise": encoded(scene(400, 600), icc_profile=NOISE),
    "four channels, all opaque": encoded(np.dstack([scene(400, 600), np.full((400, 600), 255, np.uint8)]), "PNG"),
    "16 bits a channel": deep_png(scene(400, 600).astype(np.uint16) * 257),
}
"""Pictures that are read, and hold no card."""

HOSTILE_NAMES = (
    "left\ncheek.jpg",
    "-rf.jpg",
    "--help.jpg",
    " .jpg",
    "=cmd|' calc'!A0.jpg",
    "\x1b[31mred.jpg",
    "\u202egpj.exe.jpg",
    "'; rm x;'.jpg",
    "$(touch x).jpg",
    "%s%n.jpg",
    "a" * 251 + ".jpg",
    b"caf\xe9 \xff.jpg".decode("utf-8", "surrogateescape"),
    "<script>alert(1)<!--.jpg",
)
