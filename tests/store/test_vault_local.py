"""Originals in a folder: kept once and for good, whole or not at all, whatever happens meanwhile."""

import errno
import hashlib
import os
import stat

import pytest

from pigtrack.errors import OriginalError, RecordError
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.store.vault.originals import open_originals

ELSEWHERE = "0" * 64


@pytest.fixture
def originals(tmp_path) -> LocalOriginals:
    return LocalOriginals(tmp_path / "originals")


def placed(originals, digest):
    return originals.folder / digest[:2] / digest[2:4] / digest


def test_what_is_put_is_got_under_its_own_digest_in_a_file_that_nobody_writes(originals):
    digest = originals.put(b"sealed")
    assert digest == hashlib.sha256(b"sealed").hexdigest()
    assert originals.get(digest) == b"sealed"
    assert originals.has(digest)
    assert originals.check(digest)
    assert stat.S_IMODE(placed(originals, digest).stat().st_mode) == 0o440
    assert os.listdir(originals.folder / "incoming") == ["lock"]


def test_twice_the_same_is_kept_once_and_not_written_again(originals):
    digest = originals.put(b"sealed")
    before = placed(originals, digest).stat()
    assert originals.put(b"sealed") == digest
    assert placed(originals, digest).stat() == before
    assert list(originals.digests()) == [digest]


def test_all_that_is_stored_is_listed_in_order_and_nothing_else(originals):
    stored = sorted(originals.put(b"%d" % number) for number in range(60))
    (originals.folder / "notes.txt").write_text("a stranger's")
    (originals.folder / "zz").write_text("a stranger's")
    (originals.folder / stored[0][:2] / "notes.txt").write_text("a stranger's")
    (placed(originals, stored[0]).parent / ELSEWHERE).write_text("in the wrong place")
    assert list(originals.digests()) == stored


def test_a_store_that_was_never_written_holds_nothing_and_is_not_made_by_looking(originals):
    assert list(originals.digests()) == []
    assert not originals.has(ELSEWHERE)
    assert not originals.check(ELSEWHERE)
    assert originals.sweep() == 0
    originals.delete(ELSEWHERE)
    with pytest.raises(OriginalError, match=r"The original 000000000000… is missing from the store\. Restore it"):
        originals.get(ELSEWHERE)
    assert not originals.folder.exists()


@pytest.mark.parametrize("harm", [b"", b"seale", b"sealed more", b"Sealed"])
def test_damage_is_found_and_never_written_over(harm, originals):
    digest = originals.put(b"sealed")
    path = placed(originals, digest)
    path.chmod(0o600)
    path.write_bytes(harm)
    assert originals.has(digest)
    assert not originals.check(digest)
    with pytest.raises(OriginalError, match=r"is damaged.*Restore it from a backup") as told:
        originals.get(digest)
    assert told.value.name == digest
    with pytest.raises(OriginalError, match=r"never written over\. Move that file away and do this again"):
        originals.put(b"sealed")
    assert path.read_bytes() == harm
    path.rename(originals.folder / "evidence")
    assert originals.get(originals.put(b"sealed")) == b"sealed"


@pytest.mark.parametrize(
    "hostile", ["../x", "", "/etc/passwd", "..", "ab", "A" * 64, "g" * 64, "0" * 65, "0" * 64 + "\n", "../" * 21 + "a"]
)
def test_what_is_no_digest_is_refused_by_every_door(hostile, originals, tmp_path):
    (tmp_path / "x").write_text("not for these eyes")
    for ask in (originals.get, originals.has, originals.check, originals.delete):
        with pytest.raises(OriginalError, match="names no original"):
            ask(hostile)
    assert (tmp_path / "x").exists()


def test_what_is_deleted_is_gone_and_deleting_again_does_no_harm(originals):
    digest = originals.put(b"sealed")
    originals.delete(digest)
    originals.delete(digest)
    assert not originals.has(digest)
    assert list(originals.digests()) == []


def test_an_original_has_its_name_only_once_it_is_on_the_disk_and_then_the_name_is_written_too(originals, monkeypatch):
    """What a loss of power would leave can't be tried here; the order in which the disk is asked can."""
    originals.put(b"first")
    done, fsync, link = [], os.fsync, os.link

    def write_through(handle):
        about = os.fstat(handle)
        done.append("folder" if stat.S_ISDIR(about.st_mode) else f"file of {about.st_size}")
        fsync(handle)

    def give_name(draft, path):
        done.append("name")
        link(draft, path)

    monkeypatch.setattr(os, "fsync", write_through)
    monkeypatch.setattr(os, "link", give_name)
    originals.put(b"sealed")
    assert done == ["file of 6", "name", "folder", "folder", "folder"]
    done.clear()
    originals.put(b"sealed")
    assert done == ["folder", "folder", "folder"]


def test_where_the_file_system_knows_no_links_a_file_is_moved_to_its_name(originals, monkeypatch):
    def no_links(draft, path):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    digest = originals.put(b"sealed")
    assert originals.get(digest) == b"sealed"
    assert os.listdir(originals.folder / "incoming") == ["lock"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_share_that_writes_no_folders_through_is_good_enough_and_a_failing_disk_is_not(
    number, originals, monkeypatch
):
    fsync = os.fsync

    def no_folders(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", no_folders)
    if number == errno.EINVAL:
        assert originals.get(originals.put(b"sealed")) == b"sealed"
    else:
        with pytest.raises(OriginalError, match=r"Input/output error\)\. Look whether the disk is there and whole"):
            originals.put(b"sealed")


def test_a_place_is_a_folder_beside_the_record_or_one_of_its_own(tmp_path):
    assert open_originals("originals", base=tmp_path).put(b"a")
    assert open_originals(str(tmp_path / "elsewhere"), base=tmp_path / "record").put(b"a")
    assert sorted(os.listdir(tmp_path)) == ["elsewhere", "originals"]


@pytest.mark.parametrize("place", ["", " ", "gs://bucket", "file:///originals", "a\0b", "S3://bucket"])
def test_a_place_of_another_kind_is_refused(place, tmp_path):
    with pytest.raises(RecordError, match="is no place for originals"):
        open_originals(place, base=tmp_path)
