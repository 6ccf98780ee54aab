"""Charts and pictures of a measured course: records in, matplotlib figures or pixels out; no files.

What draws with matplotlib is loaded when it is asked for: workers that only draw over photographs need none of it, and
its start takes longer than their drawing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pigtrack.charts.numbers import picture_caption
from pigtrack.charts.overlay import display_pixels, draw_overlay, eight_bit
from pigtrack.charts.picture import picture_bytes, with_strip

if TYPE_CHECKING:
    from pigtrack.charts.course_chart import draw_course_chart
    from pigtrack.charts.lesion_charts import draw_lesion_charts
    from pigtrack.charts.patient_chart import draw_patient_chart
    from pigtrack.charts.render import figure_bytes, figure_files
    from pigtrack.charts.timeline import draw_timeline

__all__ = [
    "display_pixels",
    "draw_course_chart",
    "draw_lesion_charts",
    "draw_overlay",
    "draw_patient_chart",
    "draw_timeline",
    "eight_bit",
    "figure_bytes",
    "figure_files",
    "picture_bytes",
    "picture_caption",
    "with_strip",
]

_ROOMS = {
    "draw_course_chart": "course_chart",
    "draw_lesion_charts": "lesion_charts",
    "draw_patient_chart": "patient_chart",
    "draw_timeline": "timeline",
    "figure_bytes": "render",
    "figure_files": "render",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
