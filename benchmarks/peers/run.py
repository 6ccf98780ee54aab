"""Open tools and pigtrack on the same photographs, in one run: what each finds, how true it is, what it costs.

    python benchmarks/peers/run.py                 nine unchanged and nine fading courses, drawn on the fly
    python benchmarks/peers/run.py --full          four times as many
    python benchmarks/peers/run.py --courses DIR   ready phantom courses instead
    python benchmarks/peers/run.py --tune          try each peer's documented options, and keep the best
    python benchmarks/peers/run.py --page          write docs/peers.md anew from docs/figures/peers.json

Every peer runs in an environment of its own, made from ``environments/*.txt`` into ``.peers`` in the checkout, in a
process of its own with one thread. Real photographs of cards are read from the folder of PIGTRACK_REAL_PHOTOS, or
``../shared/data`` beside the checkout; without them that part is skipped, and said.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import Answer, Cases, judge
from environments import PEERS, NotInstalledError, Peer, python_of, versions_of
from figures import failures, figures, lesion_sizes
from photographs import COURSE, Shown, show_altered, show_course, show_real
from table import write_page, write_table

from pigtrack.bench.plan import SCENARIOS, TONES
from pigtrack.store.phantom_truth import load_labels
from pigtrack.tracker.phantoms import render_phantom

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".peers"
REAL = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", ROOT.parent / "shared" / "data")) / "cards"
SETTINGS = HERE / "settings.json"
PAGE, FIGURES = ROOT / "docs" / "peers.md", ROOT / "docs" / "figures" / "peers.json"

FRESH_SEED = 7300
"""Seeds of the drawn courses: neither development's (from 100) nor the record's (from 5000 to 6000)."""

FALL = 40.0
"""Percent that treated lesions have lost at the third session; at the second it is half of that."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
LONGEST_SECONDS = 300.0
"""After so many seconds for one photograph a peer counts as failed on it."""


def main() -> None:
    """Draw, ask every peer, compare, write."""
    asked = parse(sys.argv[1:])
    if asked.page:
        PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8"), read_figures()), encoding="utf-8")
        return
    peers = [each for each in PEERS if not asked.peers or each.name in asked.peers]
    with tempfile.TemporaryDirectory(prefix="pigtrack-peers-") as folder:
        scratch = asked.keep.resolve() if asked.keep else Path(folder)
        courses = list(find_courses(asked, scratch))
        if asked.tune:
            from tuning import tune

            tune([each for each in peers if each.packages], courses, scratch, ask_peer)
            return
        shown, notes = gather(courses, scratch)
        entry = {
            **describe(asked, courses, shown, notes),
            "peers": dict(run_peers(peers, shown, scratch, workers=asked.workers)),
        }
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "peers.json").write_text(json.dumps(entry, indent=1) + "\n", encoding="utf-8")
    (asked.out / "peers.md").write_text(write_table(entry), encoding="utf-8")
    print(write_table(entry))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--full", action="store_true", help="four courses of each kind in place of one")
    parser.add_argument("--courses", type=Path, help="a folder of ready phantom courses")
    parser.add_argument("--keep", type=Path, help="a folder for courses and answers; what is there is used")
    parser.add_argument("--only", default="*", help="which of them, as a pattern of names")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="where peers.json and peers.md go")
    parser.add_argument("--peers", nargs="*", default=[], help="some of: " + ", ".join(each.name for each in PEERS))
    parser.add_argument("--workers", type=int, default=1, help="how many tools are asked side by side")
    parser.add_argument("--page", action="store_true", help="write docs/peers.md anew from docs/figures/peers.json")
    parser.add_argument("--tune", action="store_true", help="try the peers' options and write settings.json")
    return parser.parse_args(arguments)


def read_figures() -> dict[str, Any]:
    """The figures that docs/peers.md shows."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return figures


def find_courses(asked: argparse.Namespace, scratch: Path) -> Iterator[Path]:
    """Ready courses, or newly drawn ones: for every scenario and tone one unchanged and one that fades and shrinks."""
    if asked.courses is not None:
        yield from sorted(each.parent for each in asked.courses.glob(f"{asked.only}/course.toml"))
        return
    kinds = [(scenario, tone) for scenario in SCENARIOS for tone in TONES]
    plans = [(*kind, change) for _ in range(4 if asked.full else 1) for kind in kinds for change in ("static", "both")]
    for number, (scenario, tone, change) in enumerate(plans):
        seed = FRESH_SEED + number
        out = scratch / "courses" / f"{scenario}-{tone}-{change}-{seed}"
        say(f"drawing course {number + 1} of {len(plans)}")
        fall = None if change == "static" else FALL
        if not out.is_dir():
            render_phantom(out=out, seed=seed, scenario=scenario, tone=tone, change=change, fall=fall)
        yield out


def gather(courses: Sequence[Path], scratch: Path) -> tuple[list[Shown], list[str]]:
    """Every photograph that is shown to the peers (altered ones of one course a kind), and what was left out."""
    first = {course.name.rsplit("-", 2)[0]: course for course in reversed(list(courses))}
    shown = [each for course in courses for each in show_course(course, scratch)]
    shown += [each for course in first.values() for each in show_altered(course, scratch)]
    if not (REAL / "card_quads.json").is_file():
        return shown, ["No real photographs of cards are at hand (PIGTRACK_REAL_PHOTOS names their folder): left out."]
    return [*shown, *show_real(REAL)], []


def run_peers(
    peers: Sequence[Peer], shown: Sequence[Shown], scratch: Path, *, workers: int = 1
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ask one peer after the other, or several side by side, and judge what they answer."""
    settings = json.loads(SETTINGS.read_text(encoding="utf-8"))
    chosen = {peer.name: settings.get(peer.name, {}).get("chosen", {}) for peer in peers}
    with ThreadPoolExecutor(workers) as crew:
        asked = [crew.submit(ask_peer, peer, shown, chosen[peer.name], scratch) for peer in peers]
        for peer, future in zip(peers, asked, strict=True):
            known = {"title": peer.title, "versions": versions_of(peer), "settings": chosen[peer.name]}
            try:
                answers = future.result()
            except NotInstalledError as reason:
                yield peer.name, {**known, "not_installed": str(reason)}
                continue
            yield peer.name, {**known, **tell(judge(shown, answers, _labels, clicks=peer.clicks), answers)}


@lru_cache(maxsize=4)
def _labels(path: str) -> Any:
    return load_labels(Path(path))


def tell(cases: Cases, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """A peer's figures and failures as plain numbers."""
    entry: dict[str, Any] = {
        "figures": {name: asdict(each) for name, each in figures(cases).items()},
        "failures": failures(cases),
        "unanswered": sum("cpu" not in each for each in answers.values()),
    }
    with_report = [each["cpu_with_report"] for each in answers.values() if "cpu_with_report" in each]
    return entry | ({"cpu_with_report": sum(with_report) / len(with_report)} if with_report else {})


def ask_peer(
    peer: Peer,
    shown: Sequence[Shown],
    settings: Mapping[str, Any],
    scratch: Path,
    *,
    options: Sequence[Mapping[str, Any]] = (),
    cache: Path = CACHE,
) -> dict[str, Answer]:
    """All answers of a peer; a process that dies is started again behind the photograph that killed it.

    What was answered before for the very same job in the same folder is not asked again. With options every photograph
    is answered once for each of them, under its id and the option's place.

    Raises
    ------
    NotInstalledError
        If its environment can't be made.
    """
    python = python_of(peer, cache)
    folder = scratch / f"of-{peer.name}"
    entries = [each.job(folder) for each in shown if each.centres is not None or not peer.clicks]
    entries = [_with_option(each, place, one) for each in entries for place, one in enumerate(options)] or entries
    for each in entries:
        if "labels" in each:
            Path(each["labels"]).parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done.json"
    mark = hashlib.sha256(json.dumps([entries, settings, versions_of(peer)]).encode()).hexdigest()
    known = json.loads(done.read_text(encoding="utf-8")) if done.is_file() else {}
    if known.get("mark") == mark:
        return dict(known["answers"])
    answers = _answer_all(python, peer, entries, settings, folder)
    done.write_text(json.dumps({"mark": mark, "answers": answers}), encoding="utf-8")
    return answers


def _answer_all(
    python: Path, peer: Peer, entries: list[dict[str, Any]], settings: Mapping[str, Any], folder: Path
) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    while left := [each for each in entries if each["id"] not in answers]:
        say(f"{peer.title}: {len(left)} photographs")
        told = _run(python, peer, left, settings, folder)
        if not told:
            told = {left[0]["id"]: {"id": left[0]["id"], "failure": "its process died at once"}}
        answers |= told
    labels = {each["id"]: each.get("labels") for each in entries}
    return {key: {"labels": labels[key], **each} for key, each in answers.items()}


def _with_option(entry: dict[str, Any], place: int, option: Mapping[str, Any]) -> dict[str, Any]:
    labels = Path(entry["labels"])
    told = {"id": f"{entry['id']}#{place}", "labels": str(labels.with_name(f"{labels.stem}-{place}.png"))}
    return {**entry, **told, "settings": dict(option), "again": True}


def _run(
    python: Path, peer: Peer, entries: list[dict[str, Any]], settings: Mapping[str, Any], folder: Path
) -> dict[str, Answer]:
    """One process; what it had begun and not answered when it ended has failed."""
    job, answers = folder / "job.json", folder / "answers.jsonl"
    answers.unlink(missing_ok=True)
    job.write_text(json.dumps({"photographs": entries, "settings": settings, "answers": str(answers)}))
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [str(python), str(peer.worker), str(job)],
            env={**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore"},
            stdout=said,
            stderr=said,
        )
        _wait(process, answers)
    return read_answers(answers.read_text(encoding="utf-8") if answers.is_file() else "")


def _wait(process: subprocess.Popen[bytes], answers: Path) -> None:
    """Wait as long as answers keep coming."""
    size, since = -1, time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        now = answers.stat().st_size if answers.is_file() else 0
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > LONGEST_SECONDS:
            process.kill()
            process.wait()


def read_answers(lines: str) -> dict[str, Answer]:
    """Answers by photograph; one that was begun and never answered is a failure."""
    answers: dict[str, Answer] = {}
    for line in lines.splitlines():
        told = json.loads(line)
        begun = told.pop("begun", False)
        answers[told["id"]] = {**told, "failure": "its process died or never ended"} if begun else told
    return answers


def describe(
    asked: argparse.Namespace, courses: Sequence[Path], shown: Sequence[Shown], notes: list[str]
) -> dict[str, Any]:
    """What the table was made from."""
    count, size = lesion_sizes(shown)
    return {
        "courses": len(courses),
        "photographs": sum(each.kind == COURSE for each in shown),
        "pictures": {kind: sum(each.kind == kind for each in shown) for kind in sorted({e.kind for e in shown})},
        "lesions": count,
        "lesion_diameter_mm": round(size, 2),
        "drawn": "ready courses" if asked.courses else f"seeds from {FRESH_SEED}",
        "notes": notes,
        "machine": {**machine(), "side_by_side": asked.workers},
    }


def machine() -> dict[str, Any]:
    """Cores, Python, and how busy the machine is beside this run."""
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "system": sys.platform,
        "load_at_start": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def say(what: str) -> None:
    """Tell a person how far it is, on a terminal only."""
    if sys.stderr.isatty() or os.environ.get("PIGTRACK_PEERS_SAY"):
        print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
