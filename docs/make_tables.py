"""Writes the parts of the docs that stand in the code: `python docs/make_tables.py`.

Columns into tables.md and data-dictionary.csv, flags into flags.md, checks into photographing.md, the noise of a change
into method.md, every constant with its reason into constants.md, protocols and their keys into protocols.md.
"""

import ast
import csv
import inspect
import io
import math
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import get_args, get_type_hints

from typer import Typer
from typer.models import ArgumentInfo, OptionInfo

from pigtrack.cli import app
from pigtrack.export.cdisc import FINDINGS
from pigtrack.export.columns import LONG, ExportColumn
from pigtrack.export.told_columns import TOLD
from pigtrack.imaging.change import ChangeSettings
from pigtrack.imaging.quality import LIMITS
from pigtrack.model.flags import QualityFlag
from pigtrack.store.columns import TABLES, describe_columns
from pigtrack.store.dictionary import DICTIONARY_COLUMNS, dictionary_rows
from pigtrack.store.protocol_file import list_protocols
from pigtrack.store.protocol_keys import describe_protocol_keys

FOLDER = Path(__file__).parent
CODE = FOLDER.parent / "pigtrack"
MEASURING = ("imaging", "pipeline", "cohort")
"""Floors whose constants decide about numbers; the phantom's are no part of a measurement."""


def fill(text: str, name: str, rows: list[str]) -> str:
    """Put a table between its two marks."""
    start, end = f"<!-- {name}: made by make_tables.py -->\n", f"<!-- end of {name} -->"
    before, rest = text.split(start)
    return before + start + "\n".join(rows) + "\n" + end + rest.split(end, 1)[1]


def column_rows(table: str) -> list[str]:
    """Return the rows of a table's columns."""
    columns = [f"| `{each.name}` | {each.unit} | {each.meaning} |" for each in describe_columns(table)]
    return ["| column | unit | meaning |", "|---|---|---|", *columns]


def export_rows(columns: tuple[ExportColumn, ...]) -> list[str]:
    """Return the rows of an export's columns."""
    rows = [f"| `{each.name}` | {each.kind} | {each.unit} | {each.meaning} |" for each in columns]
    return ["| column | type | unit | meaning |", "|---|---|---|---|", *rows]


def told_export_rows() -> list[str]:
    """Return the rows of the columns of what people told, by table."""
    rows = [f"| {table} | {row[2:]}" for table, columns in TOLD.items() for row in export_rows(columns)[2:]]
    return ["| table | column | type | unit | meaning |", "|---|---|---|---|---|", *rows]


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


def noise_rows() -> list[str]:
    """Return the rows of the noise between sessions."""
    settings = ChangeSettings()
    rows = ["| endpoint | common | own | chance | floor | veil |", "|---|---|---|---|---|---|"]
    for name in ("area", "contrast", "load"):
        each = getattr(settings, name)
        own, veil = f"{100 * each.own:.3g} %", f"{100 * each.veil:.3g} %"
        rows.append(f"| {name} | {100 * each.common:.3g} % | {own} | {each.chance:g} | {each.floor:g} | {veil} |")
    return rows


def constants_of(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and reason of a module's numbers: names in capitals, and the words below them."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for statement, after in zip(body, [*body[1:], None], strict=False):
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        name, value = ast.unparse(targets[0]).strip("()"), ast.unparse(statement.value)
        numbers = [
            n for n in ast.walk(statement.value) if isinstance(n, ast.Constant) and type(n.value) in (int, float)
        ]
        if (
            name == "ALGORITHM"
            or not name.replace("_", "").replace(", ", "").isupper()
            or not numbers
            or len(value) > 90
        ):
            continue
        told = (
            isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
        )
        yield name, value, " ".join(after.value.value.split()) if told else ""


def constants_page() -> str:
    """Return the page of all constants of the measuring floors, module by module."""
    lines = [
        "# Constants",
        "",
        "Every number that was chosen or fitted in the measurement, as it stands in the code, with its reason. Made by",
        "`python docs/make_tables.py`; the formulas they belong to are in [the method](method.md).",
    ]
    for floor in MEASURING:
        for path in sorted((CODE / floor).rglob("*.py")):
            rows = [] if "phantom" in path.parts else list(constants_of(path))
            if rows:
                module = ".".join(path.relative_to(CODE).with_suffix("").parts).removesuffix(".__init__")
                lines += ["", f"## {module}", "", "| constant | value | what it is |", "|---|---|---|"]
                lines += [f"| `{n}` | `{v}` | {t} |".replace("\\|", "|") for n, v, t in rows]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the page of all commands, as the command line describes itself."""
    lines = [
        "# Commands",
        "",
        "Exit status: 0 done · 1 the input can't be measured (problem and remedy are said, nothing is half-written)",
        "· 2 wrong usage. Long work shows its progress on a terminal and none in a pipe.",
        "",
        "Made by `python docs/make_tables.py`.",
    ]
    for words, command in commands_of(app, ()):
        told = get_type_hints(command, include_extras=True)
        asked = [(name, *get_args(hint)[:2]) for name, hint in told.items() if name != "return"]
        arguments = [how.metavar or name.upper() for name, _, how in asked if isinstance(how, ArgumentInfo)]
        rows = [option_row(name, kind, how, command) for name, kind, how in asked if isinstance(how, OptionInfo)]
        lines += ["", f"## pigtrack {' '.join(words)}", "", inspect.getdoc(command) or "", ""]
        lines += [f"`pigtrack {' '.join([*words, *arguments])}`"]
        lines += ["", "| option | what it does | default |", "|---|---|---|", *rows] if rows else []
    return "\n".join(lines) + "\n"


def commands_of(door: Typer, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Callable[..., object]]]:
    """Yield every command with its words."""
    for each in door.registered_commands:
        if each.callback is not None:
            yield (*before, each.name or each.callback.__name__), each.callback
    for group in door.registered_groups:
        if group.typer_instance is not None and group.name:
            yield from commands_of(group.typer_instance, (*before, group.name))


def option_row(name: str, kind: object, how: OptionInfo, command: Callable[..., object]) -> str:
    """Return the row of an option: its name and values, what it does, what it is where nothing is said."""
    told = [each for each in (how.default, *(how.param_decls or ())) if isinstance(each, str) and each[:1] == "-"]
    written = ", ".join(told) or f"--{name.replace('_', '-')}"
    choices = next(
        (part for part in (kind, *get_args(kind)) if isinstance(part, type) and issubclass(part, Enum)), None
    )
    values = how.metavar or ("|".join(str(each.value) for each in choices) if choices else "")
    default = inspect.signature(command).parameters[name].default
    shown = getattr(default, "value", default)
    said = "" if shown in (None, False, inspect.Parameter.empty) else f"`{shown}`"
    takes = f" {values}".replace("|", "\\|") if values else ""
    return f"| `{written}{takes}` | {how.help or ''} | {said} |"


def dictionary() -> str:
    """Return the data dictionary as a table that programs read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(DICTIONARY_COLUMNS)
    writer.writerows(dictionary_rows())
    return out.getvalue()


def protocol_rows() -> list[str]:
    """Return the rows of the protocols that travel along."""
    rows = ["| protocol | what | sessions | days apart | days kept out of the trend |", "|---|---|---|---|---|"]
    for each in list_protocols():
        sessions, days = ("–".join(map(str, ends)) for ends in (each.sessions_usual, each.interval_days))
        rows.append(f"| `{each.name}` | {each.title['en']} | {sessions} | {days} | {each.quiet_days} |")
    return rows


def protocol_key_rows() -> list[str]:
    """Return the rows of the keys of a protocol file."""
    keys = [f"| `{key.name}` | {key.holds} | {key.meaning} | {key.without} |" for key in describe_protocol_keys()]
    return ["| key | holds | meaning | without it |", "|---|---|---|---|", *keys]


def pages() -> dict[Path, str]:
    """Return the pages as they should be."""
    tables = (FOLDER / "tables.md").read_text(encoding="utf-8")
    for table in TABLES:
        tables = fill(tables, table, column_rows(table))
    flags = fill((FOLDER / "flags.md").read_text(encoding="utf-8"), "flags", flag_rows())
    guide = fill((FOLDER / "photographing.md").read_text(encoding="utf-8"), "checks", check_rows())
    method = fill((FOLDER / "method.md").read_text(encoding="utf-8"), "noise", noise_rows())
    protocols = fill((FOLDER / "protocols.md").read_text(encoding="utf-8"), "protocols", protocol_rows())
    exports = fill((FOLDER / "exports.md").read_text(encoding="utf-8"), "long", export_rows(LONG))
    exports = fill(exports, "told", told_export_rows())
    return {
        FOLDER / "exports.md": fill(exports, "fa", export_rows(FINDINGS)),
        FOLDER / "protocols.md": fill(protocols, "protocol keys", protocol_key_rows()),
        FOLDER / "tables.md": tables,
        FOLDER / "flags.md": flags,
        FOLDER / "photographing.md": guide,
        FOLDER / "method.md": method,
        FOLDER / "constants.md": constants_page(),
        FOLDER / "commands.md": commands_page(),
        FOLDER / "data-dictionary.csv": dictionary(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
