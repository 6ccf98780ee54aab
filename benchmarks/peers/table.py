"""The table of the peers, and the page docs/peers.md around it, from peers.json."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OWN = "pigtrack"
LOW, HIGH, ZERO = "low", "high", "zero"

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Finding the card": {
        "phantom cards right": HIGH,
        "phantom cards silently wrong": LOW,
        "phantom cards missed": LOW,
        "no, half, cut or mirrored card taken for whole": LOW,
        "real cards right": HIGH,
        "real cards silently wrong": LOW,
        "real foreign, cut or half cards taken": LOW,
        "farthest patch centre, median": LOW,
    },
    "Skin colour": {
        "photographs measured": HIGH,
        "skin colour, mean": LOW,
        "skin colour, 95th percentile": LOW,
    },
    "Spots": {
        "lesions missed or run into a neighbour": LOW,
        "outlines invented per photograph": LOW,
        "Dice of all spots of a photograph, mean": HIGH,
        "area error, median size": LOW,
        "area bias, median": ZERO,
        "contrast error, mean size": LOW,
        "delta MI error, mean size": LOW,
    },
    "Skin that did not change, and skin that did": {
        "unchanged: sessions off by more than 5 %, area": LOW,
        "unchanged: sessions off by more than 10 %, area": LOW,
        "unchanged: sessions off by more than 20 %, area": LOW,
        "unchanged: sessions off by more than 5 %, load": LOW,
        "unchanged: sessions off by more than 10 %, load": LOW,
        "unchanged: sessions off by more than 20 %, load": LOW,
        "smallest fall told from its own noise, area": LOW,
        "smallest fall told from its own noise, load": LOW,
        "smallest fall told from its own noise, contrast": LOW,
        "true fall of 20 % seen beyond its own noise, area": HIGH,
        "true fall of 20 % seen beyond its own noise, load": HIGH,
        "true fall of 20 % seen beyond its own noise, contrast": HIGH,
        "own verdict: unchanged called changed": LOW,
        "own verdict: true fall of 20 % called improved": HIGH,
    },
    "Cost": {
        "CPU seconds a photograph, median": LOW,
        "wall seconds a photograph, median": LOW,
        "most memory, median": LOW,
    },
}
"""The figures by section, each with what is better."""

Entry = Mapping[str, Any]


def write_table(entry: Entry) -> str:
    """The whole answer of a run as Markdown: what others do better first, then every figure, then how it was made."""
    return "\n".join([*_better(entry), *_figures(entry), *_failures(entry), *_made(entry)]) + "\n"


def peers_of(entry: Entry) -> dict[str, Entry]:
    """The tools that were measured, pigtrack first."""
    return {name: each for name, each in entry["peers"].items() if "figures" in each}


def better_than_own(entry: Entry) -> list[tuple[str, str, Entry, Entry]]:
    """Figures in which another tool is better: figure, tool, its figure, pigtrack's."""
    peers = peers_of(entry)
    own = peers.get(OWN, {"figures": {}})["figures"]
    found = []
    for figure, better in _directions().items():
        for name, each in peers.items():
            theirs, ours = each["figures"].get(figure), own.get(figure)
            known = theirs and ours and theirs["value"] is not None and ours["value"] is not None
            if name != OWN and known and is_better(theirs["value"], ours["value"], better):
                found.append((figure, each["title"], theirs, ours))
    return found


def is_better(theirs: float, ours: float, better: str) -> bool:
    """Whether one value is better than another, which it is not when both read the same."""
    if tell(theirs) == tell(ours):
        return False
    if better == ZERO:
        return abs(theirs) < abs(ours)
    return theirs < ours if better == LOW else theirs > ours


def ratio(theirs: float | None, ours: float | None, better: str) -> str:
    """How many times pigtrack's figure another's is; nothing where that says nothing."""
    if theirs is None or ours is None or better == HIGH or abs(ours) < 1e-9:
        return ""
    return f"{tell(abs(theirs / ours))}×"


def tell(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    text = f"{value:.3g}"
    return (
        f"{float(text):.0f}"
        if "e" in text and abs(value) >= 1
        else f"{float(text):.6f}".rstrip("0")
        if "e" in text
        else text
    )


def _directions() -> dict[str, str]:
    return {figure: better for section in SECTIONS.values() for figure, better in section.items()}


def _better(entry: Entry) -> Iterator[str]:
    if OWN not in peers_of(entry):
        return
    yield "## Where another tool does better than pigtrack"
    yield ""
    rows = better_than_own(entry)
    if not rows:
        yield "In no figure of this run."
    for figure, title, theirs, ours in rows:
        unit = _unit(theirs["unit"])
        told = f"{_told(theirs)}{unit} against {_told(ours)}{unit}"
        yield f"- **{title}**, {figure}: {told}; {_apart(theirs, ours)}."
    yield ""


def _apart(theirs: Entry, ours: Entry) -> str:
    apart = theirs["low"] > ours["high"] or theirs["high"] < ours["low"]
    return "the intervals do not meet" if apart else "the intervals overlap"


def _told(figure: Entry) -> str:
    return f"{tell(figure['value'])} ({tell(figure['low'])} to {tell(figure['high'])})"


def _unit(unit: str) -> str:
    return {"1": "", "dE00": " ΔE00", "MI": " MI"}.get(unit, f" {unit}")


def _figures(entry: Entry) -> Iterator[str]:
    peers = peers_of(entry)
    for section, directions in SECTIONS.items():
        yield f"## {section}"
        yield ""
        yield "| | " + " | ".join(each["title"] for each in peers.values()) + " |"
        yield "|---|" + "---|" * len(peers)
        for figure, better in directions.items():
            if any(each["figures"][figure]["value"] is not None for each in peers.values()):
                yield _row(figure, better, list(peers.values()))
        yield ""


def _row(figure: str, better: str, peers: Sequence[Entry]) -> str:
    told = [each["figures"][figure] for each in peers]
    unit = _unit(told[0]["unit"]).strip()
    goal = {LOW: "less is better", HIGH: "more is better", ZERO: "0 is best"}[better]
    kind = f"{unit}; {goal}" if unit else goal
    ours = told[0]["value"] if peers[0]["title"] == OWN else None
    cells = [_cell(each, "" if k == 0 else ratio(each["value"], ours, better)) for k, each in enumerate(told)]
    return f"| {figure} ({kind}) | " + " | ".join(cells) + " |"


def _cell(figure: Entry, times: str) -> str:
    if figure["value"] is None:
        return "–"
    interval = f"({tell(figure['low'])} to {tell(figure['high'])})"
    return f"**{tell(figure['value'])}** {interval}{f', {times}' if times else ''}; n = {figure['cases']}"


def _failures(entry: Entry) -> Iterator[str]:
    yield "## What failed"
    yield ""
    lines = [
        f"- {each['title']}: {count} times `{what.splitlines()[0]}`"
        for each in peers_of(entry).values()
        for what, count in each["failures"].items()
    ]
    lines += [f"- {each['not_installed']}" for each in entry["peers"].values() if "not_installed" in each]
    yield from lines or ["Nothing: every tool answered for every photograph, if only by saying that it finds no card."]
    yield ""


def _made(entry: Entry) -> Iterator[str]:
    machine, pictures = entry["machine"], entry["pictures"]
    yield "## What it was made from"
    yield ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in pictures.items() if kind != "course")
    yield f"- {entry['courses']} phantom courses ({entry['drawn']}) with {entry['photographs']} photographs and"
    yield f"  {entry['lesions']} sightings of lesions of 3 mm and 2 ΔE00 up, median diameter"
    yield f"  {entry['lesion_diameter_mm']} mm; beside them {kinds}."
    side = "one tool at a time" if machine["side_by_side"] == 1 else f"{machine['side_by_side']} tools side by side"
    yield f"- One process and one thread a tool, {side}; {machine['cores']} cores, Python"
    yield f"  {machine['python']} ({machine['system']}). Load of the machine at the start: {machine['load_at_start']};"
    yield "  where it is above 1, CPU seconds are the fair figure, wall seconds are not."
    for name, each in entry["peers"].items():
        versions = ", ".join(f"{package} {version}" for package, version in each["versions"].items())
        chosen = ", ".join(f"{key} {value}" for key, value in each["settings"].items())
        yield f"- {each['title']}: {versions}." + (f" Settings: {chosen}." if chosen else "")
        if "cpu_with_report" in each:
            seconds = tell(each["cpu_with_report"])
            yield f"  With charts, pictures and report (`{name} measure`) {seconds} CPU seconds a photograph."
    for note in entry["notes"]:
        yield f"- {note}"


BEGIN = "<!-- from here: made by `python benchmarks/peers/run.py --page` from docs/figures/peers.json -->"


def write_page(page: str, entry: Entry) -> str:
    """The page with its table made anew; what stands above the line is written by hand.

    Raises
    ------
    ValueError
        If the page has no such line.
    """
    if BEGIN not in page:
        raise ValueError(f"the page has no line {BEGIN!r} behind which its table belongs")
    return page.split(BEGIN)[0] + BEGIN + "\n\n" + write_table(entry)
