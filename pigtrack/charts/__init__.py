"""Charts and pictures of a measured course: records in, matplotlib figures or pixels out; no files."""

from pigtrack.charts.course_chart import draw_course_chart
from pigtrack.charts.lesion_charts import draw_lesion_charts
from pigtrack.charts.overlay import display_pixels, draw_overlay, eight_bit
from pigtrack.charts.render import figure_bytes, figure_files, picture_bytes

__all__ = [
    "display_pixels",
    "draw_course_chart",
    "draw_lesion_charts",
    "draw_overlay",
    "eight_bit",
    "figure_bytes",
    "figure_files",
    "picture_bytes",
]
