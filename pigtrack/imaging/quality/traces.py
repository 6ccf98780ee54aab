"""Traces of processing: what the file tells of, and pictures of a size that no camera writes."""

from pigtrack.imaging.quality.words import Finding
from pigtrack.model.photograph import Photograph

_SCREENS = frozenset(
    {
        (750, 1334), (828, 1792), (1080, 1920), (1080, 2160), (1080, 2280), (1080, 2340), (1080, 2400), (1125, 2436),
        (1170, 2532), (1179, 2556), (1206, 2622), (1242, 2208), (1242, 2688), (1284, 2778), (1290, 2796), (1320, 2868),
        (1344, 2992), (1440, 2560), (1440, 2960), (1440, 3040), (1440, 3120), (1440, 3200), (1536, 2048), (1620, 2160),
        (1640, 2360), (1668, 2388), (2048, 2732),
    }
)  # fmt: skip
"""Sizes of common phones' and tablets' screens, in pixels; shorter side first."""

_MESSENGERS = frozenset({960, 1280, 1440, 1600, 2048})
"""Longer sides to which messengers and networks shrink what they send."""

_ADVICE = {
    "HDR": "Turn HDR off.",
    "gain map": "Turn HDR off.",
    "portrait": "Turn portrait mode off.",
    "portrait HDR": "Turn portrait mode and HDR off.",
    "night": "Turn night mode off and add light.",
    "panorama": "Take a single photograph, no panorama.",
    "screenshot": "Send the photograph itself, not a picture of the screen.",
    "cut out": "Send the photograph with its background.",
}
_AS_IT_LEFT = "Send the file as it left the camera."


def judge_traces(photograph: Photograph) -> dict[str, Finding]:
    """Return how many traces there are, and what to turn off."""
    traces = [*photograph.capture.processing, *_size_traces(photograph)]
    advice = dict.fromkeys(_ADVICE.get(trace, f"{trace[:1].upper()}{trace[1:]}: {_AS_IT_LEFT}") for trace in traces)
    return {"processing_traces": Finding(float(len(traces)), " ".join(advice))}


def _size_traces(photograph: Photograph) -> list[str]:
    """Traces in the picture's size; a file that names its camera is believed."""
    if photograph.capture.camera is not None or "screenshot" in photograph.capture.processing:
        return []
    shorter, longer = sorted(photograph.pixels.shape[:2])
    if (shorter, longer) in _SCREENS:
        return ["the size of a screen"]
    return ["the size that messengers shrink to"] if longer in _MESSENGERS else []
