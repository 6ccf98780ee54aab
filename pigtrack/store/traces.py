"""Traces that processing leaves in a file: HDR, portrait modes, editors, filters, messengers, screenshots, re-saving.

A trace is a few plain words. What is looked for is what colours hang on: a tone curve that differs from place to
place, a curve or a matrix that is not the camera's, pixels that were made up, or a copy in place of the original.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

EDITORS = re.compile(
    r"photoshop|lightroom|gimp|snapseed|picasa|vsco|pixlr|affinity|capture one|darktable|rawtherapee|luminar"
    r"|photoscape|canva|paint\.net|polarr|remini|fotor|picsart|pixelmator|photomator|acdsee|dxo|on1 |topaz"
    r"|irfanview|xnview|faststone|imagemagick|graphicsmagick|imageready|photo editor|photos? gallery"
    r"|photodirector|paintshop|nx studio|capture nx|digital photo professional|silkypix|google ai",
    re.IGNORECASE,
)
"""Programs that change pixels."""

_FILTERS = re.compile(
    r"meitu|beauty|facetune|faceapp|b612|\bsnow\b|airbrush|youcam|ulike|soda|camera ?360|faceu|line camera|prequel"
    r"|lensa|prisma|facelab|perfect365|retrica|snapchat|instagram|tiktok",
    re.IGNORECASE,
)
"""Camera and photo programs that smooth and recolour skin."""

_SCREENSHOT_TOOLS = re.compile(r"screenshot|screen ?shot|snipping|greenshot|sharex|flameshot|spectacle|snipaste", re.I)

_XMP_TRACES = (
    (rb"hdrgm:|HDRGainMap", "HDR gain map"),
    (rb"HdrPlus", "HDR"),
    (rb"crs:(HasSettings|ToneCurve)|darktable:history", "developed"),
    (rb"GDepth:|GImage:|apdi:AuxiliaryImageType|Camera:DepthMap", "depth map"),
    (rb"portraiteffects|semanticskin|GCamera:.{0,40}[Pp]ortrait", "portrait"),
    (rb"[Ss]creenshot", "screenshot"),
    (rb"[Tt]rainedAlgorithmicMedia|Google AI", "changed by artificial intelligence"),
    (rb"GPano:", "panorama"),
)
_XMP_TOOLS = re.compile(rb"(?:CreatorTool|softwareAgent)[^>\"']{0,20}[>\"']([^<\"']{1,100})")

_HEIC_TRACES = (
    (rb"hdrgainmap|tmap", "HDR gain map"),
    (rb"portraiteffects|semantic(skin|hair|teeth)", "portrait"),
    (rb"depth|disparity|auxid:2", "depth map"),
)

_NAMES = (
    (
        r"screen ?-?_?shot|bildschirmfoto|capture d.écran|captura de pantalla|schermafbeelding|снимок экрана",
        "screenshot",
    ),
    (r"whatsapp|-wa\d{4}", "sent by WhatsApp"),
    (r"^signal-\d{4}", "sent by Signal"),
    (r"^photo_\d{4}-\d\d-\d\d_", "sent by Telegram"),
    (r"^fb_img|^received_\d{9}", "sent by Facebook"),
    (r"snapchat", "sent by Snapchat"),
    (r"^mmexport\d{9}", "sent by WeChat"),
    (r"\.portrait\b", "portrait"),
    (r"\.night\b", "night"),
    (r"[_-]hdr\b", "HDR"),
    (r"[_-]edit(ed)?\b|^img_e\d{4}\b|~\d+\.\w+$", "edited"),
    (r"-collage\b|-effects\b|-animation\b", "edited"),
)
"""What phones, messengers and photo libraries call what is no longer as the camera wrote it."""

_APPENDED = (
    (b"hdrgm:", "HDR gain map"),
    (b"HDRGainMap", "HDR gain map"),
    (b"urn:iso:std:iso:ts:21496", "HDR gain map"),
    (b"aux:hdrgainmap", "HDR gain map"),
    (b"portraiteffects", "portrait"),
    (b"_DepthMap", "depth map"),
    (b"DualShot_", "depth map"),
    (b'AuxiliaryImageType="disparity', "depth map"),
)
"""Marks of the pictures that phones append behind a JPEG's own."""

_SCREEN_WIDTHS = frozenset({640, 720, 750, 828, 1080, 1125, 1170, 1179, 1206, 1242, 1260, 1284, 1290, 1320, 1440})
_SCREEN_RATIOS = (1.77, 2.4)
"""Of the phones sold from 2014 to 2026: no camera's picture has these sizes, but what an app saved may."""

_POOR_QUALITY = 80
"""On libjpeg's scale. Cameras and phones write 90 to 100; messengers and web pages 50 to 80."""

_LUMINANCE_SUM = 3688
"""Of the steps in ITU-T T.81, table K.1: those of luminance that libjpeg calls quality 50."""


def program_traces(program: str | None) -> tuple[str, ...]:
    """Return the trace that a program's name is."""
    if not program:
        return ()
    if _SCREENSHOT_TOOLS.search(program):
        return ("screenshot",)
    if _FILTERS.search(program):
        return (f"filtered with {program}",)
    if EDITORS.search(program):
        return (f"edited with {program}",)
    return ("HDR",) if "HDR" in program else ()


def xmp_traces(xmp: bytes) -> tuple[str, ...]:
    """Return traces of processing in a block of XMP: gain map, portrait, screenshot, development, editors' names."""
    found = [words for pattern, words in _XMP_TRACES if re.search(pattern, xmp, re.DOTALL)]
    tools = {_shown(tool) for tool in _XMP_TOOLS.findall(xmp)}
    return (*found, *(trace for tool in sorted(tools) for trace in program_traces(tool)))


def heic_traces(names: bytes) -> tuple[str, ...]:
    """Return traces in the names of what a HEIC file holds besides its picture."""
    return tuple(words for pattern, words in _HEIC_TRACES if re.search(pattern, names.lower()))


def name_traces(name: str) -> tuple[str, ...]:
    """Return traces in a file's name.

    Examples
    --------
    >>> name_traces("visit 2/IMG-20260111-WA0003.jpg")
    ('sent by WhatsApp',)
    """
    last = PurePath(name).name.lower()
    return tuple(dict.fromkeys(words for pattern, words in _NAMES if re.search(pattern, last)))


def screen_traces(shape: Sequence[int], camera: str | None) -> tuple[str, ...]:
    """Return a trace where no camera is named and the picture has the size of a phone's screen."""
    short, long = sorted(shape[:2])
    of_a_screen = short in _SCREEN_WIDTHS and _SCREEN_RATIOS[0] <= long / short <= _SCREEN_RATIOS[1]
    return ("the size of a phone's screen",) if camera is None and of_a_screen else ()


def jpeg_traces(
    appended: bytes, blocks: Mapping[int, Sequence[bytes]], xmp: bytes, *, progressive: bool
) -> tuple[str, ...]:
    """Return traces in a JPEG's segments and in what a phone appended to it.

    Parameters
    ----------
    blocks : mapping of int to sequence of bytes
        Contents of its segments, by the mark's second byte.
    progressive : bool
        Cameras hardly ever write it so; programs do.
    """
    found = list(xmp_traces(xmp))
    found += [words for mark, words in _APPENDED if mark in appended]
    if any(block.startswith(b"urn:iso:std:iso:ts:21496") for block in blocks.get(0xE2, ())):
        found.append("HDR gain map")
    if any(block.startswith(b"Ducky") for block in blocks.get(0xEC, ())):
        found.append("edited with Photoshop, saved for the web")
    if progressive or any(b"CREATOR: gd-jpeg" in block for block in blocks.get(0xFE, ())):
        found.append("saved again")
    quality = estimate_quality(blocks.get(0xDB, ()))
    if quality is not None and quality < _POOR_QUALITY:
        found.append(f"compressed to a quality of about {5 * round(quality / 5)}")
    return tuple(dict.fromkeys(found))


def estimate_quality(tables: Sequence[bytes]) -> int | None:
    """Return the quality, 1 to 100 on libjpeg's scale, that a JPEG's steps of luminance come nearest to.

    None where no table for luminance is found.
    """
    steps = _luminance_steps(b"".join(tables))
    if steps is None:
        return None
    share = float(steps.sum() / _LUMINANCE_SUM)
    return int(np.clip(round(100 - 50 * share if share <= 1 else 50 / share), 1, 100))


def _luminance_steps(tables: bytes) -> NDArray[np.int64] | None:
    """Table 0 of the quantisation tables; ITU-T T.81, B.2.4.1."""
    at = 0
    while at < len(tables):
        precision, number = tables[at] >> 4, tables[at] & 15
        size = 64 * (1 + precision)
        steps = np.frombuffer(tables[at + 1 : at + 1 + size], ">u2" if precision else np.uint8)
        if number == 0:
            return steps.astype(np.int64) if steps.size == 64 else None
        at += 1 + size
    return None


def _shown(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()[:100]
