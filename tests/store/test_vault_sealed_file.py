"""A long file is sealed piece by piece, and comes back byte for byte or not at all."""

import os
import resource

import pytest

from pigtrack.errors import OriginalError
from pigtrack.store.vault.sealed_file import SealedFile, seal_file
from pigtrack.store.vault.sealing import make_key

PIECE = 2**20
SEALED = PIECE + 16


@pytest.fixture
def key():
    return make_key()


def sealed(tmp_path, key, data):
    (tmp_path / "plain").write_bytes(data)
    seal_file(key, tmp_path / "plain", tmp_path / "sealed")
    return tmp_path / "sealed"


def read(key, place):
    with SealedFile(key, place) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_comes_back(tmp_path, key, size):
    data = os.urandom(size)
    place = sealed(tmp_path, key, data)
    assert read(key, place) == data
    assert place.stat().st_size == size + 16 * max(1, -(-size // PIECE))
    assert data[:20] not in place.read_bytes() or size < 20


@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: whole[:SEALED],
        lambda whole: whole[: 2 * SEALED],
        lambda whole: whole[:-1],
        lambda whole: b"",
        lambda whole: whole + whole[-SEALED:],
        lambda whole: whole[SEALED : 2 * SEALED] + whole[:SEALED] + whole[2 * SEALED :],
        lambda whole: whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
    ],
    ids=["one piece left", "two left", "a byte short", "empty", "one more", "two changed places", "a bit"],
)
def test_what_was_cut_off_moved_or_changed_is_found(tmp_path, key, harm):
    place = sealed(tmp_path, key, os.urandom(2 * PIECE + 5000))
    place.write_bytes(harm(place.read_bytes()))
    with pytest.raises(OriginalError, match="not what was made"):
        read(key, place)


def test_another_key_opens_nothing(tmp_path, key):
    with pytest.raises(OriginalError):
        read(make_key(), sealed(tmp_path, key, b"P-0007"))


def test_a_long_file_takes_little_memory(tmp_path, key):
    with (tmp_path / "plain").open("wb") as file:
        file.truncate(200 * PIECE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seal_file(key, tmp_path / "plain", tmp_path / "sealed")
    with SealedFile(key, tmp_path / "sealed") as file:
        assert sum(len(piece) for piece in iter(lambda: file.read(PIECE), b"")) == 200 * PIECE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
