"""A backup is one state of the record, whole and read again; what is restored from it verifies."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from drawn_records import ANNA, add_drawn, drawn_course, fill, keep_at_once, labels_of
from sqlalchemy import func, select, update

from pigtrack.errors import NotAllowedError, OutputError, PigtrackError, RecordError
from pigtrack.model.record import Role
from pigtrack.store.record.backup import write_sums
from pigtrack.store.record.checking import Tally, check_record
from pigtrack.store.record.engine import open_engine
from pigtrack.store.record.migrating import downgrade
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.tables import courses, photographs, subject_keys, subjects, trail
from pigtrack.store.record.trail import read_entries
from pigtrack.tracker.record import backing_up
from pigtrack.tracker.record.backing_up import back_up, check_backup
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.erasing import erase
from pigtrack.tracker.record.restoring import restore

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A record with a few drawn courses."""
    data = tmp_path_factory.mktemp("filled") / "data"
    create_record(data, clock=now)
    with open_record(data, clock=now) as record:
        fill(record, range(6), sessions=2, lesions=3)
    return data


@pytest.fixture
def data(filled, tmp_path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data"))


@pytest.fixture(scope="module")
def kept(filled, tmp_path_factory) -> Path:
    """A backup of it."""
    home = tmp_path_factory.mktemp("kept")
    back_up(to=home / "backup", data=Path(shutil.copytree(filled, home / "data")), by="anna")
    return home / "backup"


@pytest.fixture
def backup(kept, tmp_path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "backup"))


def standing(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def entries(data: Path) -> list[dict]:
    with open_record(data, clock=now) as record, record.reading() as connection:
        return [{**each, "body": json.loads(each["body"])} for each in read_entries(connection)]


def faults(data: Path) -> list[str]:
    with open_record(data, clock=now) as record:
        return [each.line for each in check_record(record, tally=Tally())]


def labels(data: Path) -> list[str]:
    with open_record(data, clock=now) as record:
        return labels_of(record)


def command(*arguments, **options) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pigtrack", *map(str, arguments)], capture_output=True, text=True, timeout=60, **options
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_restored_record_is_the_one_that_was_backed_up_and_verifies(data, tmp_path):
    made = back_up(to=tmp_path / "backup", data=data, by="anna")
    assert made.faults == ()
    assert re.fullmatch(
        r'The backup ".*" was made and read again: 18 originals\. .* ends at entry \d+, \w{64}\.', made.told
    )
    restored = restore(backup=tmp_path / "backup", to=tmp_path / "again", by="anna")
    assert (restored.faults, restored.erased) == ((), 0)
    assert faults(tmp_path / "again") == []
    assert labels(tmp_path / "again") == labels(data)
    before, after = entries(data), entries(tmp_path / "again")
    assert after[:-1] == before
    assert (before[-1]["action"], before[-1]["actor"], before[-1]["hash"]) == (
        "backup",
        "anna",
        made.manifest.head.hash,
    )
    assert (after[-1]["action"], after[-1]["body"]["head"]) == ("restore", made.manifest.head.hash)
    assert standing(data / "originals").items() <= standing(tmp_path / "again" / "originals").items()
    assert sorted(os.listdir(tmp_path)) == ["again", "backup", "data"]


def test_a_backup_can_be_checked_by_hand_and_holds_nothing_unfinished(backup):
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=backup, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    listed = {line.split(": ")[0] for line in checked.stdout.splitlines()}
    assert listed | {"SHA256SUMS", "manifest.json"} == standing(backup).keys()
    database = backup / "record.sqlite"
    assert database.read_bytes()[18:20] == b"\x01\x01"  # one file, with no second one to be looked for beside it
    assert database.stat().st_mode & 0o077 == 0
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_on_a_disk_that_takes_no_writing_can_be_restored(backup, tmp_path):
    before = standing(backup)
    for path in [backup, *backup.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert restore(backup=backup, to=tmp_path / "again").faults == ()
    assert standing(backup) == before


def test_what_is_written_while_a_backup_is_made_disturbs_neither(data, tmp_path):
    stop, added = threading.Event(), []

    def write() -> None:
        with open_record(data, clock=now) as record:
            while not stop.is_set():
                with record.writing(ANNA) as unit:
                    add_drawn(unit, drawn_course(100 + len(added)), keep_at_once(record), lesions=2)
                added.append(100 + len(added))
                time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(to=tmp_path / f"backup-{number}", data=data) for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert len(added) > 3
    for number, each in enumerate(made):
        assert each.faults == ()
        assert restore(backup=tmp_path / f"backup-{number}", to=tmp_path / f"again-{number}").faults == ()
    assert faults(data) == []


def test_a_later_backup_shares_the_originals_of_an_earlier_one(data, backup, tmp_path):
    with open_record(data, clock=now) as record:
        fill(record, range(50, 51), sessions=2, lesions=3)
    made = back_up(to=tmp_path / "later", data=data, onto=backup)
    assert "21 originals, 18 of them shared with the earlier one" in made.told
    inodes = {path.name: path.stat().st_ino for path in (tmp_path / "later" / "originals").rglob("*") if path.is_file()}
    earlier = {path.name: path.stat().st_ino for path in (backup / "originals").rglob("*") if path.is_file()}
    assert len(inodes) == 21
    assert earlier.items() <= inodes.items()
    shutil.rmtree(backup)
    assert restore(backup=tmp_path / "later", to=tmp_path / "again").faults == ()


def test_damage_in_an_earlier_backup_is_not_handed_on(data, backup, tmp_path):
    one = next(path for path in (backup / "originals").rglob("*") if path.is_file())
    one.chmod(0o600)
    one.write_bytes(b"harm")
    with pytest.raises(RecordError, match=r"is damaged: 1 originals\. Make it without --onto"):
        back_up(to=tmp_path / "later", data=data, onto=backup)
    assert not (tmp_path / "later").exists()


@pytest.mark.parametrize("name", ["record.sqlite", "manifest.json", "SHA256SUMS", "README.txt"])
@pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
def test_a_backup_with_a_damaged_file_is_not_restored(name, harm, backup, tmp_path):
    data = (backup / name).read_bytes()
    middle = len(data) // 2
    changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    (backup / name).unlink()
    if harm != "gone":
        (backup / name).write_bytes(changed if harm == "changed" else data[:middle])
    with pytest.raises(RecordError, match=r"is damaged|no whole backup"):
        restore(backup=backup, to=tmp_path / "again")
    assert sorted(os.listdir(tmp_path)) == ["backup"]


def test_an_old_backup_can_be_read_again_and_is_not_changed_by_it(backup):
    before = standing(backup)
    assert "was read and is whole: 18 originals" in check_backup(backup).told
    assert standing(backup) == before
    assert command("backup", backup, "--check", "--onto", backup)[0] == 2
    one = next(path for path in (backup / "originals").rglob("*") if path.is_file())
    one.unlink()
    status, _, complaint = command("backup", backup, "--check")
    assert (status, "is damaged: 1 originals. Use another backup." in complaint) == (1, True)


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_backup_with_a_damaged_original_is_restored_only_on_demand_and_tells_of_it(harm, backup, tmp_path):
    one = next(path for path in sorted((backup / "originals").rglob("*")) if path.is_file())
    one.unlink()
    if harm == "changed":
        one.write_bytes(b"harm")
    told = f"1 originals of the backup are missing or damaged, first {one.name}. Use another backup, or restore all"
    with pytest.raises(RecordError, match=told):
        restore(backup=backup, to=tmp_path / "again")
    assert sorted(os.listdir(tmp_path)) == ["backup"]
    [fault] = restore(backup=backup, to=tmp_path / "again", incomplete=True).faults
    assert one.name in fault
    assert len(faults(tmp_path / "again")) == 1


def test_a_record_with_a_lost_original_is_backed_up_all_the_same_and_that_is_told(data, tmp_path):
    with open_record(data, clock=now) as record, record.reading() as connection:
        lost = connection.execute(select(photographs.c.original).limit(1)).scalar_one()
    (data / "originals" / lost[:2] / lost[2:4] / lost).unlink()
    status, said, complaint = command("backup", tmp_path / "backup", "--data", data)
    assert (status, "17 originals" in said) == (1, True)
    assert f"originals: {lost} is missing or damaged in the record." in complaint
    status, said, complaint = command("restore", tmp_path / "backup", tmp_path / "again")
    assert (status, "was restored into" in said) == (1, True)
    assert complaint.count(lost) == 1
    assert "pigtrack verify names them all." in complaint


def test_a_record_that_somebody_changed_by_hand_is_backed_up_as_it_is_and_that_is_told(data, tmp_path):
    with open_record(data, clock=now) as record, record.writing(ANNA) as unit:
        unit.connection.execute(update(subjects).values(pseudonym=func.lower(subjects.c.pseudonym)))
    made = back_up(to=tmp_path / "backup", data=data)
    assert len(made.faults) == 5
    assert "subjects" in made.faults[0]


def test_whoever_was_erased_after_the_backup_is_erased_again_when_it_is_restored(data, tmp_path):
    back_up(to=tmp_path / "backup", data=data)
    with open_record(data, clock=now) as record, record.reading() as connection:
        wanted = select(subject_keys.c.key).join(subjects).where(subjects.c.pseudonym == "P-00002")
        key = bytes(connection.execute(wanted).scalar_one())
    erase(pseudonym="P-00002", reason="asked", data=data, confirm=lambda _: True, ask=lambda _: "")
    restored = restore(backup=tmp_path / "backup", to=tmp_path / "again", erasures=data / "erasures.jsonl")
    assert (restored.erased, restored.faults) == (1, ())
    assert "1 patients were erased again." in restored.told
    with open_record(tmp_path / "again", clock=now) as record, record.reading() as connection:
        left = connection.execute(select(courses.c.label).where(courses.c.label.is_not(None))).scalars().all()
    assert sorted(left) == ["C-00000", "C-00001", "C-00003", "C-00004", "C-00005"]
    assert len(list((tmp_path / "again" / "originals").glob("??/??/*"))) == 15
    assert (tmp_path / "again" / "erasures.jsonl").read_bytes() == (data / "erasures.jsonl").read_bytes()
    assert any(key in each for each in standing(tmp_path / "backup").values())
    back_up(to=tmp_path / "later", data=data)
    assert (tmp_path / "later" / "erasures.jsonl").exists()
    for place in ("later", "again"):
        assert not any(b"P-00002" in each or key in each for each in standing(tmp_path / place).values())
    assert restore(backup=tmp_path / "later", to=tmp_path / "third").faults == ()
    assert faults(tmp_path / "third") == []


def test_a_backup_that_would_hold_the_key_of_somebody_erased_meanwhile_is_thrown_away(data, tmp_path, monkeypatch):
    copy = backing_up.copy_originals

    def erased_meanwhile(*arguments, **options):
        copied = copy(*arguments, **options)
        erase(pseudonym="P-00002", reason="asked", data=data, confirm=lambda _: True, ask=lambda _: "")
        return copied

    monkeypatch.setattr(backing_up, "copy_originals", erased_meanwhile)
    with pytest.raises(RecordError, match=r"erased while the backup was made; it was thrown away\. Make it again"):
        back_up(to=tmp_path / "backup", data=data)
    assert sorted(os.listdir(tmp_path)) == ["data"]


def test_what_comes_to_stand_in_the_place_meanwhile_is_not_written_over(data, tmp_path, monkeypatch):
    copy = backing_up.copy_originals

    def another_came_first(*arguments, **options):
        (tmp_path / "backup").mkdir()
        (tmp_path / "backup" / "letter.txt").write_text("Dear doctor")
        return copy(*arguments, **options)

    monkeypatch.setattr(backing_up, "copy_originals", another_came_first)
    with pytest.raises(OutputError, match=r"Something stands at .*backup\" already\. Name an empty or new folder"):
        back_up(to=tmp_path / "backup", data=data)
    assert standing(tmp_path / "backup") == {"letter.txt": b"Dear doctor"}
    assert sorted(os.listdir(tmp_path)) == ["backup", "data"]


def test_places_where_no_backup_can_lie_are_refused_before_the_work(data, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear doctor")
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    places = {
        tmp_path / "full": "stands at",
        tmp_path / "file": "stands at",
        tmp_path / "nowhere" / "backup": "There is no folder",
        data / "backup": "would be lost with it",
        Path("/proc"): "is the top of a disk",
    }
    before = entries(data)
    for place, words in places.items():
        with pytest.raises(PigtrackError, match=words) as told:
            back_up(to=place, data=data)
        assert "\n" not in str(told.value)
    assert entries(data) == before
    assert back_up(to=tmp_path / "empty", data=data).faults == ()
    for place in (tmp_path / "full", tmp_path / "file", data):
        with pytest.raises(OutputError, match="stands at"):
            restore(backup=tmp_path / "empty", to=place)


def test_what_is_no_backup_is_not_restored(data, backup, tmp_path):
    for place in (data, tmp_path / "nowhere"):
        with pytest.raises(RecordError, match="is no whole backup: it has no manifest"):
            restore(backup=place, to=tmp_path / "again")
    told = json.loads((backup / "manifest.json").read_text())
    for change, words in (
        ({"format": 2}, "newer pigtrack"),
        ({"head": {"seq": 1, "hash": "0" * 64}}, "its trail does not end as"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "is damaged"),
        ({"lost": ["../x"]}, "is damaged"),
        ({"head": 7}, "is damaged"),
    ):
        (backup / "manifest.json").write_text(json.dumps({**told, **change}))
        with pytest.raises(RecordError, match=words):
            restore(backup=backup, to=tmp_path / "again")
    assert sorted(os.listdir(tmp_path)) == ["backup", "data"]


def test_a_backup_of_an_earlier_pigtrack_can_be_checked_and_is_brought_up_to_date(backup, tmp_path):
    engine = open_engine("sqlite:record.sqlite", base=backup)
    downgrade(engine, to="0002")
    engine.dispose()
    (backup / "manifest.json").write_text(
        json.dumps({**json.loads((backup / "manifest.json").read_text()), "step": "0002", "files": write_sums(backup)})
    )
    assert check_backup(backup).faults == ()
    assert restore(backup=backup, to=tmp_path / "again").faults == ()
    assert faults(tmp_path / "again") == []
    with sqlite3.connect(backup / "record.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    (backup / "manifest.json").write_text(
        json.dumps({**json.loads((backup / "manifest.json").read_text()), "step": "9999", "files": write_sums(backup)})
    )
    with pytest.raises(RecordError, match=r"written by a newer pigtrack"):
        restore(backup=backup, to=tmp_path / "third")
    assert not (tmp_path / "third").exists()


def test_a_list_of_erasures_that_can_not_be_read_restores_nothing(backup, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear doctor")
    for wrong in (tmp_path / "letter.txt", tmp_path / "nowhere"):
        with pytest.raises(RecordError, match=r"can't be read"):
            restore(backup=backup, to=tmp_path / "again", erasures=wrong)
    assert not (tmp_path / "again").exists()


def test_only_an_owner_backs_up_a_record_with_users(data, tmp_path):
    from pigtrack.store.record.tables import users

    with open_record(data, clock=now) as record, record.writing(ANNA) as unit:
        for name, role in (("olga", Role.OWNER), ("carl", Role.CLINICIAN), ("axel", Role.AUDITOR)):
            unit.add(users, {"name": name, "role": role.value, "password": None, "active": True})
    for name in ("carl", "axel", "stranger"):
        with pytest.raises(NotAllowedError):
            back_up(to=tmp_path / "backup", data=data, by=name)
    assert not (tmp_path / "backup").exists()
    assert back_up(to=tmp_path / "backup", data=data, by="olga").faults == ()


@contextlib.contextmanager
def disk(at: Path, size: str):
    """A disk of its own size; skips where none can be mounted."""
    at.mkdir()
    if not LINUX_ROOT or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at]).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


@pytest.mark.parametrize("size", ["200k", "600k"])
def test_on_a_full_disk_one_sentence_tells_and_nothing_is_left(size, data, backup, tmp_path):
    before = standing(backup)
    with disk(tmp_path / "disk", size) as there:
        with contextlib.suppress(OSError), (there / "filling").open("wb") as filling:
            filling.write(bytes(150_000))
        for asked in (("backup", there / "b", "--data", data), ("restore", backup, there / "again")):
            status, _, complaint = command(*asked)
            assert (status, complaint.count("\n")) == (1, 1), complaint
            assert "Free some space" in complaint
            assert os.listdir(there) == ["filling"]
    assert standing(backup) == before
    assert faults(data) == []


def test_a_disk_that_takes_no_writing_is_told(data, tmp_path):
    with disk(tmp_path / "disk", "2m") as there:
        subprocess.run(["mount", "-o", "remount,ro", there], check=True)
        status, _, complaint = command("backup", there / "b", "--data", data)
        assert (status, complaint.count("\n"), "Read-only file system" in complaint) == (1, 1, True)


KILLED = """
import os, signal, sys, threading, time
from pathlib import Path
from pigtrack.tracker.record.backing_up import back_up, check_backup
from pigtrack.tracker.record.restoring import restore
threading.Timer(float(sys.argv[1]), os.kill, (os.getpid(), signal.SIGKILL)).start()
one, two = map(Path, sys.argv[3:])
back_up(to=two, data=one) if sys.argv[2] == "backup" else restore(backup=one, to=two)
os._exit(0)
"""


@pytest.mark.parametrize("step", [0.15, pytest.param(0.01, marks=pytest.mark.slow)])
@pytest.mark.parametrize("what", ["backup", "restore"])
def test_killed_at_any_moment_it_stands_whole_or_not_at_all(what, step, data, backup, tmp_path):
    """The moments run from the start of the work to its end; what a killed one left, the next one clears away."""
    (tmp_path / "there").mkdir()
    place, source, outcomes, delay = tmp_path / "there" / "place", data if what == "backup" else backup, set(), 0.0
    while "done" not in outcomes or len(outcomes) < 2:
        process = subprocess.run([sys.executable, "-c", KILLED, f"{delay:.3f}", what, source, place], timeout=60)
        assert process.returncode in (0, -signal.SIGKILL)
        outcomes.add("done" if process.returncode == 0 else "killed")
        if place.exists():
            if what == "backup":
                assert restore(backup=place, to=tmp_path / "again").faults == ()
                shutil.rmtree(tmp_path / "again")
            else:
                assert faults(place) == []
            shutil.rmtree(place)
        left = [name for name in os.listdir(tmp_path / "there") if not name.startswith(".pigtrack-unfinished-")]
        assert left == []
        assert len(os.listdir(tmp_path / "there")) <= 1
        delay += step
    assert os.listdir(tmp_path / "there") == []
    assert faults(data) == []


def test_with_originals_in_object_storage_a_backup_holds_them_and_they_can_go_back(data, tmp_path, monkeypatch):
    pytest.importorskip("obstore", reason="object storage needs obstore")
    pytest.importorskip("moto.server", reason="the server of this test is moto's")
    from object_server import object_server

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "clinic")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    back_up(to=tmp_path / "backup", data=data)
    with object_server("clinic") as server:
        place = f"s3://clinic/originals?endpoint={server}"
        restored = restore(backup=tmp_path / "backup", to=tmp_path / "again", originals=place)
        assert restored.faults == ()
        assert not (tmp_path / "again" / "originals").exists()
        made = back_up(to=tmp_path / "later", data=tmp_path / "again")
        assert made.faults == ()
        begun = time.monotonic()
    with pytest.raises(PigtrackError, match=r"does not answer\. Look whether the server runs"):
        back_up(to=tmp_path / "third", data=tmp_path / "again")
    assert time.monotonic() - begun < 30
    assert not (tmp_path / "third").exists()
    assert standing(tmp_path / "later" / "originals") == standing(tmp_path / "backup" / "originals")
    assert restore(backup=tmp_path / "later", to=tmp_path / "fourth").faults == ()


@pytest.fixture(scope="module")
def postgres():
    from postgres_server import NoPostgres, running_server

    try:
        with running_server() as server:
            yield server
    except NoPostgres as fault:
        pytest.skip(str(fault))


def test_a_record_goes_from_a_file_into_postgresql_and_back(postgres, data, backup, tmp_path):
    address = postgres.new_database()
    assert restore(backup=backup, to=tmp_path / "there", database=address).faults == ()
    assert not (tmp_path / "there" / "record.sqlite").exists()
    assert faults(tmp_path / "there") == []
    with open_record(tmp_path / "there", clock=now) as record:
        stop = threading.Event()

        def write() -> None:
            for number in range(200, 300):
                if not stop.is_set():
                    fill(record, range(number, number + 1), sessions=2, lesions=3)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = back_up(to=tmp_path / "later", data=tmp_path / "there")
        finally:
            stop.set()
            writer.join()
        assert len(labels_of(record)) > 7
    assert made.faults == ()
    assert restore(backup=tmp_path / "later", to=tmp_path / "again").faults == ()
    assert faults(tmp_path / "again") == []
    assert set(labels(tmp_path / "again")) >= set(labels(data))
    assert [each["action"] for each in entries(tmp_path / "again")].count("restore") == 2
    with pytest.raises(RecordError, match=r"holds a record already\. Name an empty one"):
        restore(backup=backup, to=tmp_path / "third", database=address)
    assert not (tmp_path / "third").exists()


def test_keys_and_trail_are_those_of_the_record(data, backup, tmp_path):
    restore(backup=backup, to=tmp_path / "again")
    for table in (subject_keys, trail):
        found = []
        for place in (data, tmp_path / "again"):
            with open_record(place, clock=now) as record, record.reading() as connection:
                found.append({tuple(row) for row in connection.execute(select(table))})
        assert found[0] <= found[1]
