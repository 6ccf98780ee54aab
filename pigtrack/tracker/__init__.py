"""The third floor: what can be asked of pigtrack, one verb a wish. The doors call these and nothing below."""

from pigtrack.store.folder import init_course
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import list_cards, load_card
from pigtrack.tracker.benching import bench_accuracy
from pigtrack.tracker.cards import draw_cards, draw_stickers
from pigtrack.tracker.checking import CheckReport, check
from pigtrack.tracker.colours import fit_colour_correction
from pigtrack.tracker.demo import demo
from pigtrack.tracker.measuring import MeasuredCourse, measure, measure_course
from pigtrack.tracker.phantoms import render_phantom
from pigtrack.tracker.repeating import ToldRepeatability, repeatability

__all__ = [
    "CheckReport",
    "MeasuredCourse",
    "ToldRepeatability",
    "bench_accuracy",
    "check",
    "demo",
    "draw_cards",
    "draw_stickers",
    "fit_colour_correction",
    "init_course",
    "list_cards",
    "load_card",
    "measure",
    "measure_course",
    "read_photograph",
    "render_phantom",
    "repeatability",
]
