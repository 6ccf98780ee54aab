"""An audit bundle stands alone: whoever holds it can check every byte, and measure again."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from kept_records import begin, copied
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import ExportError
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.store.bundle import open_bundle
from pigtrack.store.bundle.manifest import FileDigest, manifest_bytes, sums_bytes
from pigtrack.store.record.checking import Tally
from pigtrack.tracker.record.exporting import export_record
from pigtrack.tracker.record.methods import METHOD
from pigtrack.tracker.record.recomputing_bundle import recompute_bundle
from pigtrack.tracker.record.verifying_bundle import verify_bundle


def give(data, out, **asked):
    choice = ExportChoice(ExportFormat.BUNDLE, **{"pages": False, **asked})
    return export_record(choice=choice, out=out, data=data, by="auditor-1")


@pytest.fixture(scope="module")
def written(kept, tmp_path_factory):
    """A bundle that nobody may change, and what its making told."""
    place = tmp_path_factory.mktemp("bundle")
    data = copied(kept, place / "data")
    return place / "bundle", give(data, place / "bundle"), data


@pytest.fixture(scope="module")
def packed(written, tmp_path_factory):
    """The same once more, as a zip, up to the same entry of the trail."""
    place = tmp_path_factory.mktemp("packed") / "bundle.zip"
    give(written[2], place, up_to=written[1].head.seq)
    return place


@pytest.fixture
def bundle(written, tmp_path):
    """A copy of the bundle, elsewhere."""
    return Path(shutil.copytree(written[0], tmp_path / "elsewhere"))


def found(bundle, **options):
    return [(each.part, each.where) for each in verify_bundle(path=bundle, **options).mismatches]


def test_a_bundle_elsewhere_is_sound_by_itself(bundle):
    verified = verify_bundle(path=bundle)

    assert verified.is_sound, verified.lines
    assert verified.counts["originals"] == 3
    assert verified.counts["measurements"] == 1
    assert verified.counts["rows"] > 10
    assert verified.counts["entries of the trail"] == verified.head.seq


def test_the_digest_of_settings_is_the_same_in_every_file_that_tells_it(bundle):
    (run,) = bundle.glob("courses/*/measurement-1/run.json")
    with (bundle / "tables" / "sessions.csv").open() as table:
        told = {row["settings_digest"] for row in csv.DictReader(table)}
    assert told == {json.loads(run.read_text())["settings"]["digest"]}


def test_its_numbers_come_out_of_its_own_photographs(bundle):
    verified = verify_bundle(path=bundle, recompute=True)

    assert verified.is_sound, verified.lines
    assert verified.counts["courses measured again"] == 1
    assert verified.counts["numbers compared"] > 300


def test_what_was_told_and_done_is_in_it_as_tables(bundle):
    with (bundle / "told" / "treatments.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))

    assert [(row["course_id"], row["session"], row["product"]) for row in told] == [
        ("C-0001", "1", "F-RADIANCE"),
        ("C-0001", "2", "F-RADIANCE"),
    ]


def test_sha256sum_alone_can_check_every_file(bundle):
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not there")
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=bundle, check=False)

    assert checked.returncode == 0
    listed = {line.split("  ", 1)[1] for line in (bundle / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()} - {
        "SHA256SUMS"
    }


def test_the_readme_tells_how_to_walk_the_chain_by_hand(bundle, written):
    text = (bundle / "README.txt").read_text(encoding="utf-8")
    code = text.split("In Python:\n")[1].split("3. Rows")[0]
    lines = "\n".join(line.removeprefix("       ") for line in code.splitlines())

    walked = subprocess.run([sys.executable, "-c", lines], cwd=bundle, capture_output=True, text=True, check=True)

    assert walked.stdout.strip() == written[1].head.hash
    assert written[1].head.hash in text


def test_a_changed_byte_in_any_file_is_found(bundle):
    names = sorted(path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file())
    for name in names:
        whole = (bundle / name).read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        (bundle / name).write_bytes(changed)
        try:
            told = found(bundle)
        except ExportError:
            assert name == "manifest.json"
        else:
            assert ("files", name) in told or (name == "manifest.json" and told), name
        (bundle / name).write_bytes(whole)
    assert found(bundle) == []


def test_a_file_taken_away_and_one_slipped_in_are_named(bundle):
    (bundle / "tables" / "long.csv").unlink()
    (bundle / "tables" / "notes.csv").write_text("mine")

    assert found(bundle) == [("files", "tables/long.csv"), ("files", "tables/notes.csv")]


def forge(bundle, name, change):
    """Change a file, and all digests that the bundle has of it."""
    path = bundle / name
    path.write_bytes(change(path.read_bytes()))
    manifest = json.loads((bundle / "manifest.json").read_text())
    data = path.read_bytes()
    manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (bundle / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    sums = {**{key: each["sha256"] for key, each in manifest["files"].items()}}
    sums["manifest.json"] = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    (bundle / "SHA256SUMS").write_text("".join(f"{sums[key]}  {key}\n" for key in sorted(sums)))


def test_a_table_forged_together_with_every_digest_beside_it_does_not_fit_the_trail(bundle):
    place = "courses/C-0001/measurement-1/lesions.csv"
    forge(bundle, place, lambda data: data.replace(b",no_detectable_change,", b",improved,", 1))

    assert found(bundle) == [("measurements", "measurement 1 of course C-0001")]


def test_a_row_forged_together_with_every_digest_does_not_fit_the_trail(bundle):
    forge(bundle, "courses/C-0001/rows.jsonl", lambda data: data.replace(b'"day":"2026-01-25"', b'"day":"2026-01-24"'))

    ((part, where),) = found(bundle)
    assert part == "rows"
    assert where.startswith("sessions of course C-0001, ")


def test_a_row_left_out_with_every_digest_made_to_fit_is_named(bundle):
    def without_treatment(data):
        return b"".join(line for line in data.splitlines(keepends=True) if b'"table":"treatments"' not in line)

    forge(bundle, "courses/C-0001/rows.jsonl", without_treatment)

    assert {where.split(" ")[0] for _, where in found(bundle)} == {"treatments"}


def test_another_photograph_in_the_place_of_one_is_named(bundle):
    other = (bundle / "courses/C-0001/course/anna-3.jpg").read_bytes()
    forge(bundle, "courses/C-0001/course/visit-2/anna.jpg", lambda data: other)

    assert found(bundle) == [("originals", "photograph 1 of session 2 of course C-0001")]


def test_a_trail_cut_off_is_named(bundle):
    forge(bundle, "trail.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:-1]))

    assert ("trail", "") in found(bundle)


def test_the_clinics_own_head_shows_a_bundle_of_another_trail(bundle, written):
    assert found(bundle, head=written[1].head.hash) == []
    assert found(bundle, head="0" * 64) == [("trail", "")]


def test_a_zip_verifies_as_its_folder_does(packed):
    assert verify_bundle(path=packed).is_sound


def test_a_zip_with_two_files_of_one_name_is_named(packed, tmp_path):
    doubled = Path(shutil.copy(packed, tmp_path))
    with zipfile.ZipFile(doubled, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("README.txt", "Everything is fine.")

    assert ("files", "README.txt") in found(doubled)


def test_a_zip_cut_short_is_told_in_one_sentence(packed, tmp_path):
    whole = packed.read_bytes()
    (tmp_path / "bundle.zip").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ExportError, match="is no bundle of pigtrack"):
        verify_bundle(path=tmp_path / "bundle.zip")


def test_a_manifest_that_leads_outside_reads_nothing_there(bundle, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["../secret.txt"] = {"sha256": hashlib.sha256(b"secret").hexdigest(), "bytes": 6}
    (bundle / "manifest.json").write_text(json.dumps(manifest))

    assert ("files", "../secret.txt") in found(bundle)


def test_the_same_record_up_to_the_same_entry_gives_the_same_bytes(written, packed):
    with zipfile.ZipFile(packed) as archive:
        assert {"manifest.json", "SHA256SUMS"} < set(archive.namelist())
        for name in archive.namelist():
            assert archive.read(name) == (written[0] / name).read_bytes(), name


def test_what_stood_before_a_change_is_not_made_up(kept, tmp_path):
    with pytest.raises(ExportError, match="was changed after entry 3"):
        give(copied(kept, tmp_path / "data"), tmp_path / "out", up_to=3)
    assert not (tmp_path / "out").exists()


def test_a_bundle_whose_trail_was_taken_out_is_not_passed_though_its_manifest_was_made_anew(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    listed = {name: FileDigest(**told) for name, told in manifest.pop("files").items() if "trail" not in name}
    for name in ("trail.jsonl", "trail-opened.jsonl"):
        (bundle / name).unlink()
    manifest.pop("format")
    made = manifest_bytes(manifest, listed)
    (bundle / "manifest.json").write_bytes(made)
    everything = listed | {"manifest.json": FileDigest(hashlib.sha256(made).hexdigest(), len(made))}
    (bundle / "SHA256SUMS").write_bytes(sums_bytes(everything))

    assert ("trail", "trail.jsonl") in found(bundle)


def test_a_name_where_nothing_is_gets_a_sentence_of_its_own(tmp_path):
    with pytest.raises(ExportError, match="There is no"):
        verify_bundle(path=tmp_path / "nosuch.zip")


def test_with_offsets_no_date_name_or_place_is_in_any_byte(kept, tmp_path):
    give(copied(kept, tmp_path / "data"), tmp_path / "out", offsets=True)

    words = (b"2026-0", b"20260", b"2026:0", b"anna", b"visit-2", b"going to sea", b"GPS", b"asked twice")
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.name != "data-dictionary.csv":
            told = path.read_bytes()
            for word in words:
                assert word not in told, (path, word)
    assert not (tmp_path / "out" / "trail.jsonl").exists()
    verified = verify_bundle(path=tmp_path / "out")
    assert verified.is_sound
    assert "There is no trail in this export" in verified.notes[0]


def test_without_originals_nothing_can_be_measured_again_and_that_is_said(kept, tmp_path):
    give(copied(kept, tmp_path / "data"), tmp_path / "out", originals=False)

    assert verify_bundle(path=tmp_path / "out").is_sound
    (told,) = verify_bundle(path=tmp_path / "out", recompute=True).mismatches
    assert told.told.startswith("Not measured again: the bundle does not hold ")


def test_other_versions_are_never_compared_in_silence(bundle):
    newer = replace(METHOD, settings_digest="0" * 64)
    with open_bundle(bundle) as opened:
        (told,) = recompute_bundle(opened, workers=1, progress=None, tally=Tally(), method=newer)

    assert told.told.startswith("Not compared: it was measured with other settings")


def test_a_label_that_would_lead_outside_or_run_as_a_formula_does_neither(sample, tmp_path):
    told = replace(sample, course=replace(sample.course, id="../=cmd()"))
    out = tmp_path / "deep" / "out"

    give(begin(tmp_path / "data", told, measure=False), out)

    assert [path.name[:4] for path in (out / "courses").iterdir()] == ["cmd-"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
    assert verify_bundle(path=out).is_sound


def test_the_command_checks_a_bundle_without_a_record(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("PIGTRACK_DATA", str(tmp_path / "nothing"))

    assert CliRunner().invoke(app, ["verify", str(bundle)]).exit_code == 0
    (bundle / "README.txt").write_text("mine")
    shown = CliRunner().invoke(app, ["verify", str(bundle)])
    assert shown.exit_code == 1
    assert "files: README.txt: The file was changed." in shown.stdout
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "nothing")]).exit_code == 1


@pytest.mark.parametrize("listed", [True, [7], [{"folder": "courses/C-0001"}], [{"measurements": ["1"]}]])
def test_a_list_of_courses_that_is_none_is_named(bundle, listed):
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "listed": listed}))

    assert ("files", "manifest.json") in found(bundle)


@pytest.mark.parametrize("size", [-2, 1 << 70, True])
def test_a_size_that_is_none_makes_no_manifest(bundle, size):
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["trail.jsonl"]["bytes"] = size
    (bundle / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(ExportError, match=r"manifest\.json is damaged"):
        found(bundle)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_damaged_in_any_packing_is_named_by_its_file(bundle, tmp_path, packing):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w", packing) as archive:
        for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(bundle).as_posix())
        start = archive.getinfo("trail.jsonl").header_offset
    data = bytearray((tmp_path / "bundle.zip").read_bytes())
    data[start + 60 : start + 300] = bytes(240)
    (tmp_path / "bundle.zip").write_bytes(data)

    assert ("files", "trail.jsonl") in found(tmp_path / "bundle.zip")


def test_of_a_file_that_unpacks_without_end_no_more_is_read_than_the_manifest_tells(bundle, tmp_path):
    """Four gigabytes of zeros take four megabytes of a zip; here a hundred megabytes stand for them."""
    (bundle / "README.txt").unlink(missing_ok=True)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(bundle).as_posix())
        archive.writestr("README.txt", bytes(100 << 20))

    with open_bundle(tmp_path / "bundle.zip") as opened:
        listed = opened.manifest.files["README.txt"].bytes
        assert listed < opened.digest("README.txt").bytes < listed + (2 << 20)
        opened.unpack("README", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / ".txt").stat().st_size == listed
    assert ("files", "README.txt") in found(tmp_path / "bundle.zip")
