"""Writes the parts of the docs that stand in the code: `python docs/make_tables.py`.

Columns into tables.md, flags into flags.md, checks into photographing.md.
"""

import math
from pathlib import Path

from pigtrack.imaging.quality import LIMITS
from pigtrack.model.flags import QualityFlag
from pigtrack.store.columns import describe_columns

FOLDER = Path(__file__).parent
TABLES = ("sessions", "lesions", "photos")


def fill(text: str, name: str, rows: list[str]) -> str:
    """Put a table between its two marks."""
    start, end = f"<!-- {name}: made by make_tables.py -->\n", f"<!-- end of {name} -->"
    before, rest = text.split(start)
    return before + start + "\n".join(rows) + "\n" + end + rest.split(end, 1)[1]


def column_rows(table: str) -> list[str]:
    """Return the rows of a table's columns."""
    columns = [f"| `{each.name}` | {each.unit} | {each.meaning} |" for each in describe_columns(table)]
    return ["| column | unit | meaning |", "|---|---|---|", *columns]


def flag_rows() -> list[str]:
    """Return the rows of the flags."""
    return [
        "| flag | meaning | what to do |",
        "|---|---|---|",
        *(f"| `{flag.value}` | {flag.meaning} | {flag.remedy} |" for flag in QualityFlag),
    ]


def check_rows() -> list[str]:
    """Return the rows of the checks of a photograph."""
    rows = ["| check | what it tells | warns | rejects | what to do |", "|---|---|---|---|---|"]
    for name, each in LIMITS.items():
        side = "above" if each.above else "below"
        unit = {"1": "", "°": "°"}.get(each.unit, f" {each.unit}")
        warns, rejects = (f"{side} {limit:g}{unit}".strip() for limit in (each.warn, each.reject))
        never = "never" if math.isinf(each.reject) else rejects
        rows.append(f"| `{name}` | {each.meaning} | {warns} | {never} | {each.usual_remedy} |")
    return rows


def pages() -> dict[Path, str]:
    """Return the pages as they should be."""
    tables = (FOLDER / "tables.md").read_text(encoding="utf-8")
    for table in TABLES:
        tables = fill(tables, table, column_rows(table))
    flags = fill((FOLDER / "flags.md").read_text(encoding="utf-8"), "flags", flag_rows())
    guide = fill((FOLDER / "photographing.md").read_text(encoding="utf-8"), "checks", check_rows())
    return {FOLDER / "tables.md": tables, FOLDER / "flags.md": flags, FOLDER / "photographing.md": guide}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
