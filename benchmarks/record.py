"""How quickly a full record answers: 10,000 courses, 60,000 sessions, 600,000 lesion rows.

    python benchmarks/record.py [--courses N] [--data DIR] [--postgres] [--out FILE]

Fills a record through its own ways (units of work, sealed contents, the chain; about three minutes) with drawn numbers
and photographs of a few bytes; ``--data`` keeps it for the next time. Then asks it through the functions that the
commands use, each in a process of its own: the median of several times, and the most memory. Goals are held to CPU
seconds, which others on the machine lengthen less; the wall's are beside them. ``--postgres`` keeps the database in a
PostgreSQL that is started for it, whose own CPU is not counted: there the wall's count.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from drawn_records import ANNA, fill
from postgres_server import running_server
from sqlalchemy import func, select

from pigtrack import __version__
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.store.record.checking.mismatch import Tally
from pigtrack.store.record.checking.told import Told, check_trail
from pigtrack.store.record.data_folder import DATABASE
from pigtrack.store.record.opening import Record, create_record
from pigtrack.store.record.tables import courses, lesion_rows, session_rows, trail
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.exporting import export_record
from pigtrack.tracker.record.looking import overview, series

COURSES, SESSIONS, LESIONS = 10_000, 6, 10

SERIES_MS, OVERVIEW_MS, CSV_ROWS_S, CSV_MB, CHAIN_ENTRIES_S = 50, 200, 50_000, 300, 50_000
"""Goals, from what a clinic is promised."""

_TIMES = 15


def main() -> None:
    """Fill, ask, print; as a child, ask one thing and tell its figures."""
    asked = _parser().parse_args()
    if asked.ask:
        print(json.dumps(_QUESTIONS[asked.ask](Path(asked.data))))
        return
    server = running_server() if asked.postgres else nullcontext()
    with server as running, tempfile.TemporaryDirectory() as scratch:
        folder = Path(asked.data or f"{scratch}/record")
        database = running.new_database() if running is not None else DATABASE
        figures = report(folder, asked.courses, database)
        if asked.out:
            Path(asked.out).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--courses", type=int, default=COURSES)
    parser.add_argument("--data", help="keep the record here, or use the one that is here")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--out", help="write the figures as JSON")
    parser.add_argument("--ask", choices=sorted(_QUESTIONS), help=argparse.SUPPRESS)
    return parser


def report(folder: Path, count: int, database: str) -> dict[str, object]:
    """Fill a record where there is none, ask it everything, print a table, and return the figures."""
    if not (folder / "pigtrack.toml").exists():
        before = time.process_time()
        create_record(folder, clock=now, database=database)
        with opened(folder) as record:
            fill(record, range(count), sessions=SESSIONS, lesions=LESIONS)
        print(f"filled in {time.process_time() - before:.0f} s of CPU", flush=True)
    asked = {name: _ask(name, folder) for name in _QUESTIONS}
    for name, value, wall, goal, at_most in _rows(asked, database != DATABASE):
        met = value <= goal if at_most else value >= goal
        told = f"{name:<40}{value:>10,.0f}{f'   (wall {wall:,.0f})' if wall else '':<18}"
        print(f"{told}   goal {'<=' if at_most else '>='} {goal:>7,}   {'met' if met else 'NOT MET'}")
    return {"pigtrack": __version__, "machine": _machine(), "database": database.partition(":")[0], **asked}


def _rows(asked: dict[str, dict[str, float]], by_wall: bool) -> Iterator[tuple[str, float, float, int, bool]]:
    """Yield what, the figure, the same by the wall's clock (0: has none), the goal, and whether it is the most."""
    times, rates = ("ms", "cpu_ms")[not by_wall], ("wall_s", "cpu_s")[not by_wall]
    csv, chain = asked["csv"], asked["chain"]
    yield "a course's series, ms", asked["series"][times], asked["series"]["ms"], SERIES_MS, True
    yield "the clinic's overview, ms", asked["overview"][times], asked["overview"]["ms"], OVERVIEW_MS, True
    yield "all lesions as CSV, rows/s", csv["rows"] / csv[rates], csv["rows"] / csv["wall_s"], CSV_ROWS_S, False
    yield "all lesions as CSV, memory in MB", csv["peak_mb"], 0, CSV_MB, True
    entries = chain["entries"]
    yield "the chain verified, entries/s", entries / chain[rates], entries / chain["wall_s"], CHAIN_ENTRIES_S, False


def _machine() -> dict[str, object]:
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}


def _ask(name: str, folder: Path) -> dict[str, float]:
    """Ask one thing in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--ask", name, "--data", str(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _figures(**more: float) -> dict[str, float]:
    return {**more, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}


def _median(ask: Callable[[int], object]) -> dict[str, float]:
    """Return the median of several times, wall and CPU, in milliseconds; the first, cold one is told apart."""
    walls, cpus = [], []
    for number in range(_TIMES):
        wall, cpu = time.perf_counter(), time.process_time()
        ask(number)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    told = {"ms": median(walls[1:]), "cpu_ms": median(cpus[1:]), "first_ms": walls[0]}
    return {name: round(value, 1) for name, value in told.items()}


def ask_series(folder: Path) -> dict[str, float]:
    """Ask for courses through their sessions, as `pigtrack courses LABEL`: the trail's entry is in the time."""
    with opened(folder) as record:
        labels = _labels(record)
        return _figures(**_median(lambda number: series(record, labels[number * 7919 % len(labels)], actor=ANNA)))


def _labels(record: Record) -> list[str]:
    with record.reading() as connection:
        return list(connection.execute(select(courses.c.label).order_by(courses.c.id)).scalars())


def ask_overview(folder: Path) -> dict[str, float]:
    """Ask for the clinic's overview, as `pigtrack courses`: the trail's entry is in the time."""
    with opened(folder) as record:
        return _figures(**_median(lambda _: overview(record, actor=ANNA)))


def ask_csv(folder: Path) -> dict[str, float]:
    """Export the record's tables as CSV, as `pigtrack export --all --format csv`; the time is of all three tables."""
    rows = _count(folder)
    with tempfile.TemporaryDirectory() as scratch:
        wall, cpu = time.perf_counter(), time.process_time()
        export_record(choice=ExportChoice(ExportFormat.CSV), out=Path(scratch) / "out", data=folder, by="anna")
        spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        lines = _count_lines(Path(scratch) / "out" / "lesions.csv")
    if lines != rows["lesion_rows"] + 1:
        raise SystemExit(f"{lines - 1} rows came out of {rows['lesion_rows']}")
    seconds = {name: round(value, 2) for name, value in spent.items()}
    return _figures(rows=rows["lesion_rows"], **seconds)


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _count(folder: Path) -> Counter[str]:
    with opened(folder) as record, record.reading() as connection:
        tables = (courses, session_rows, lesion_rows, trail)
        counts = {each.name: connection.execute(select(func.count()).select_from(each)).scalar_one() for each in tables}
    return Counter(counts)


def ask_chain(folder: Path) -> dict[str, float]:
    """Verify the chain, as `pigtrack verify` does: every entry's digest, and what it tells of rows gathered."""
    with opened(folder) as record, record.reading() as connection:
        wall, cpu = time.perf_counter(), time.process_time()
        told, tally = Told(), Tally()
        faults = list(check_trail(connection, told, tally))
        spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        entries = connection.execute(select(func.count()).select_from(trail)).scalar_one()
    if faults:
        raise SystemExit(f"the chain is broken: {faults[0]}")
    seconds = {name: round(value, 2) for name, value in spent.items()}
    return _figures(entries=entries, **seconds)


def ask_size(folder: Path) -> dict[str, float]:
    """Count what is in the record."""
    return dict(_count(folder))


_QUESTIONS: dict[str, Callable[[Path], dict[str, float]]] = {
    "size": ask_size,
    "series": ask_series,
    "overview": ask_overview,
    "csv": ask_csv,
    "chain": ask_chain,
}

if __name__ == "__main__":
    main()
