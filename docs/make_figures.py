"""Fills every benchmark figure of the docs from what the benchmarks wrote: `python docs/make_figures.py`.

The benchmarks' own output lies in `docs/figures/*.json`. In a page a figure stands between two comments, which no
reader sees, and whole tables between two others:

    <!-- accuracy; dark; load bias, median -->+5.6 %<!-- / -->
    <!-- accuracy-overview: made by make_figures.py -->
    ...
    <!-- end of accuracy-overview -->

The first words name the file, the group, the figure; `; interval`, `; cases` or `; courses` after them ask for that
part of it. Figures of `taken.json` have a file, a group and a name too.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FIGURES = FOLDER / "figures"
PAGES = (FOLDER.parent / "README.md", *sorted(FOLDER.glob("*.md")))

SPAN = re.compile(r"(<!-- (\w+); ([^;>]+); ([^;>]+?)(?:; (\w+))? -->)(.*?)(<!-- / -->)", re.DOTALL)
TABLE = re.compile(r"(<!-- ([\w-]+): made by make_figures\.py -->\n)(.*?)(<!-- end of \2 -->)", re.DOTALL)

SIGNED = re.compile(r"bias|drift")
"""Figures of which the sign is told."""

OVERVIEW = (
    ("card right, patch centres within 1 % of the pitch", "card found, centres within 1 % of the pitch"),
    ("scale error, mean size", "scale: mean error"),
    ("skin colour, mean", "skin colour: mean error"),
    ("ITA error, rms", "ITA: root mean square error"),
    ("registration error, mean", "alignment: mean error"),
    ("Dice, median", "outline: Dice, median"),
    ("lesions missed (3 mm and 2 dE00 up)", "lesions missed (from 3 mm and 2 ΔE00)"),
    ("outlines invented per photograph", "outlines invented per photograph"),
    ("identity kept", "lesion keeps its number"),
    ("area bias, median", "area (from 3 mm): bias, median"),
    ("area error, 90th percentile", "area (from 3 mm): 90th percentile of the error"),
    ("area error of 1.5 to 3 mm, median size", "area (1.5 to 3 mm): median error"),
    ("delta MI error, mean size", "contrast: mean error"),
    ("contrast bias, mean", "contrast: bias, mean"),
    ("load bias, median", "load: bias, median"),
    ("load error, median size", "load: median error"),
    ("unchanged: session wrongly improved", "unchanged skin: session called improved"),
    ("unchanged: session wrongly worsened", "unchanged skin: session called worsened"),
    ("unchanged: courses with any lesion wrongly called", "unchanged skin: courses with any lesion called"),
    ("95 % interval of load covers, sessions", "95 % interval of a session's load holds the truth"),
    ("95 % interval of area covers, sessions", "95 % interval of a session's area holds the truth"),
    ("95 % interval of contrast covers, sessions", "95 % interval of a session's contrast holds the truth"),
    ("95 % interval of load covers, lesions", "95 % interval of a lesion's load holds the truth"),
    ("95 % interval of area covers, lesions", "95 % interval of a lesion's area holds the truth"),
)
"""Figure and what the overview calls it, in the order in which the photograph flows."""

FALLS = ("2.5 to 7.5", "7.5 to 12.5", "12.5 to 17.5", "17.5 to 25", "25 to 35", "35 to 50")

PAIRED = (
    ("unchanged: session wrongly improved", "unchanged: session called improved"),
    ("unchanged: courses with any lesion wrongly called", "unchanged: courses with any lesion called"),
    ("95 % interval of load covers, sessions", "interval of a session's load holds the truth"),
    ("95 % interval of load covers, lesions", "interval of a lesion's load holds the truth"),
    ("95 % interval of area covers, lesions", "interval of a lesion's area holds the truth"),
    ("load bias, median", "load: bias, median"),
    ("area bias, median", "area: bias, median"),
)


@cache
def load(name: str) -> dict:
    """Read a file of figures."""
    return json.loads((FIGURES / f"{name}.json").read_text(encoding="utf-8"))


def find(name: str, group: str, figure: str) -> dict:
    """Return one figure; a name that is not there is a fault of the page."""
    if name == "taken":
        return load(name)["figures"][group][figure]
    found = {each["name"]: each for each in load(name)["figures"][group]}
    return found[figure]


def number(value: float, *, signed: bool = False) -> str:
    """Two digits that count, three from 10 on, more for shares near 1."""
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2 if abs(value) >= 0.0995 else 3
    said = f"{abs(value):.{digits}f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign if float(said) else ''}{said}"


def unit_of(figure: dict) -> str:
    """Return what stands after the number, its space included."""
    unit = {"1": "", "deg": "°", "dE00": " CIEDE2000"}.get(figure["unit"], f" {figure['unit']}")
    return unit


def tell(figure: dict, part: str | None) -> str:
    """Put a figure, or what was asked of it, into words."""
    if part in ("cases", "courses"):
        return f"{figure[part]:,}".replace(",", " ")
    signed = bool(SIGNED.search(figure.get("name", "")))
    said = number(figure["value"], signed=signed)
    if part == "interval":
        low, high = (number(figure[end], signed=signed) for end in ("low", "high"))
        return f"{said}{unit_of(figure)} ({low} to {high})"
    return f"{said}{unit_of(figure)}"


def cell(figure: dict) -> str:
    """A figure in a table whose first column names the unit."""
    if figure["value"] is None:
        return "–"
    return number(figure["value"], signed=bool(SIGNED.search(figure["name"])))


def named(label: str, figure: dict) -> str:
    """A row's name with its unit, where it does not speak for itself."""
    unit = {"1": "", "deg": "°", "dE00": "ΔE00"}.get(figure["unit"], figure["unit"])
    return f"{label}, {unit}" if unit else label


def overview_rows() -> list[str]:
    """Return the table of accuracy by scenario and by tone."""
    groups = ("studio", "ward", "phone", "light", "tan", "dark")
    rows = ["| | all (95 % interval) | cases | " + " | ".join(groups) + " |", "|---|---|---|" + "---|" * len(groups)]
    for figure, label in OVERVIEW:
        everywhere = find("accuracy", "all", figure)
        low, high = (number(everywhere[end], signed=bool(SIGNED.search(figure))) for end in ("low", "high"))
        cells = [cell(find("accuracy", group, figure)) for group in groups]
        rows.append(
            f"| {named(label, everywhere)} | {cell(everywhere)} ({low} to {high}) | {tell(everywhere, 'cases')} | "
            + " | ".join(cells)
            + " |"
        )
    return rows


def power_rows() -> list[str]:
    """Return the table of true falls that are called."""
    kinds = (
        ("session load fall of {} % called", "session, load, one shot"),
        ("three reseated shots, session load fall of {} % called", "session, load, three reseated shots"),
        ("session area fall of {} % called", "session, area, one shot"),
        ("lesion (5 dE00 and 3 mm up) load fall of {} % called", "single lesion from 5 ΔE00 and 3 mm, load"),
        ("fainter or smaller lesion load fall of {} % called", "fainter or smaller lesion, load"),
    )
    rows = ["| share of true falls that are called, % | " + " | ".join(f"{f} %" for f in FALLS) + " |"]
    rows.append("|---|" + "---|" * len(FALLS))
    for pattern, label in kinds:
        cells = (find("accuracy", "all", pattern.format(fall)) for fall in FALLS)
        rows.append(
            f"| {label} | "
            + " | ".join("–" if c["value"] is None else f"{cell(c)} (n {c['cases']})" for c in cells)
            + " |"
        )
    return rows


def pair_rows() -> list[str]:
    """Return what differs most between scenarios and tones, pair by pair."""
    pairs = [f"{scenario} {tone}" for scenario in ("studio", "ward", "phone") for tone in ("light", "tan", "dark")]
    rows = ["| % | " + " | ".join(pairs) + " |", "|---|" + "---|" * len(pairs)]
    for figure, label in PAIRED:
        rows.append(f"| {label} | " + " | ".join(cell(find("accuracy", pair, figure)) for pair in pairs) + " |")
    return rows


def record_rows() -> list[str]:
    """Return what the record was taken of."""
    record = load("accuracy")
    versions = ", ".join(f"{name} {version}" for name, version in record["algorithms"].items())
    return [
        f"{record['courses']} phantom courses on the seeds kept for the record (`pigtrack bench accuracy --full`), "
        f"pigtrack {record['pigtrack']}; algorithms: {versions}. Intervals are bootstraps over whole courses."
    ]


def taken_rows() -> list[str]:
    """Return the figures that other benchmarks and tests gave, with where they come from."""
    rows = ["| figure | value | from | taken |", "|---|---|---|---|"]
    for group in load("taken")["figures"].values():
        rows += [
            f"| {each['name']} | {tell(each, None)} | `{each['source']}` | {each['taken']} |" for each in group.values()
        ]
    return rows


def speed_rows() -> list[str]:
    """Return what a photograph costs by stage, of the courses of two sessions measured by one process."""
    cases = [each for each in load("speed")["cases"] if each["case"]["sessions"] == 2 and each["case"]["workers"] == 1]
    sizes = [f"{each['case']['megapixels']:g} megapixels" for each in cases]
    rows = [f"| CPU seconds a photograph (× OpenCV) | {' | '.join(sizes)} |", "|---" * (len(cases) + 1) + "|"]
    told = [f"{each['yardstick_seconds']:.2f}" for each in cases]
    rows.append(f"| OpenCV's plain decoding and L\\*a\\*b\\* | {' | '.join(told)} |")
    for stage in cases[0]["stages"]:
        told = [f"{each['stages'][stage]:.2f} ({each['ratios'][stage]:.1f})" for each in cases]
        rows.append(f"| {stage} | {' | '.join(told)} |")
    told = [f"{each['peak_mib']:.0f} MiB" for each in cases]
    return [*rows, f"| most memory of a process | {' | '.join(told)} |"]


TABLES: dict[str, Callable[[], list[str]]] = {
    "accuracy-record": record_rows,
    "accuracy-overview": overview_rows,
    "accuracy-power": power_rows,
    "accuracy-pairs": pair_rows,
    "figures-taken": taken_rows,
    "figures-speed": speed_rows,
}


def fill(text: str) -> str:
    """Put every figure and table of a page where it belongs."""
    text = SPAN.sub(lambda m: f"{m[1]}{tell(find(m[2], m[3], m[4]), m[5])}{m[7]}", text)
    return TABLE.sub(lambda m: m[1] + "\n".join(TABLES[m[2]]()) + "\n" + m[4], text)


def pages() -> dict[Path, str]:
    """Return the pages as they should be."""
    return {path: fill(path.read_text(encoding="utf-8")) for path in PAGES}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
