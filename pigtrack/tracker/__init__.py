"""The third floor: what can be asked of pigtrack, one verb a wish. The doors call these and nothing below.

Each is loaded at its first use: a worker that reads photographs shall not wait for tables and benchmarks.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pigtrack.store.folder import init_course
    from pigtrack.store.photographs import read_photograph
    from pigtrack.store.reference_data import list_cards, load_card
    from pigtrack.tracker.benching import bench_accuracy
    from pigtrack.tracker.cards import draw_cards, draw_stickers
    from pigtrack.tracker.checking import CheckReport, check
    from pigtrack.tracker.cohorting import ComparedCourses, cohort, compare_courses
    from pigtrack.tracker.colours import fit_colour_correction
    from pigtrack.tracker.demo import demo
    from pigtrack.tracker.looking import PigmentView, map_pigment
    from pigtrack.tracker.measuring import MeasuredCourse, measure, measure_course
    from pigtrack.tracker.phantoms import render_phantom
    from pigtrack.tracker.protocols import tell_protocol, tell_protocols, write_protocol
    from pigtrack.tracker.repeating import ToldRepeatability, repeatability
    from pigtrack.tracker.speeding import bench_speed

logging.getLogger("matplotlib").addHandler(logging.NullHandler())  # no word of its caches to people who measure skin

__all__ = [
    "CheckReport",
    "ComparedCourses",
    "MeasuredCourse",
    "PigmentView",
    "ToldRepeatability",
    "bench_accuracy",
    "bench_speed",
    "check",
    "cohort",
    "compare_courses",
    "demo",
    "draw_cards",
    "draw_stickers",
    "fit_colour_correction",
    "init_course",
    "list_cards",
    "load_card",
    "map_pigment",
    "measure",
    "measure_course",
    "read_photograph",
    "render_phantom",
    "repeatability",
    "tell_protocol",
    "tell_protocols",
    "write_protocol",
]

_HOMES = {
    "CheckReport": "tracker.checking",
    "ComparedCourses": "tracker.cohorting",
    "MeasuredCourse": "tracker.measuring",
    "PigmentView": "tracker.looking",
    "ToldRepeatability": "tracker.repeating",
    "bench_accuracy": "tracker.benching",
    "bench_speed": "tracker.speeding",
    "check": "tracker.checking",
    "cohort": "tracker.cohorting",
    "compare_courses": "tracker.cohorting",
    "demo": "tracker.demo",
    "draw_cards": "tracker.cards",
    "draw_stickers": "tracker.cards",
    "fit_colour_correction": "tracker.colours",
    "init_course": "store.folder",
    "list_cards": "store.reference_data",
    "load_card": "store.reference_data",
    "map_pigment": "tracker.looking",
    "measure": "tracker.measuring",
    "measure_course": "tracker.measuring",
    "read_photograph": "store.photographs",
    "render_phantom": "tracker.phantoms",
    "repeatability": "tracker.repeating",
    "tell_protocol": "tracker.protocols",
    "tell_protocols": "tracker.protocols",
    "write_protocol": "tracker.protocols",
}


def __getattr__(name: str) -> Any:
    """Load a verb, and keep it: a module of the same name must not take its place."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pigtrack.tracker' has no attribute '{name}'")
    verb = globals()[name] = getattr(import_module(f"pigtrack.{_HOMES[name]}"), name)
    return verb
