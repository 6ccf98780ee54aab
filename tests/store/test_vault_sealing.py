"""What is sealed opens with the same key under the same label only, and any flipped bit is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pigtrack.errors import OriginalError
from pigtrack.store.vault.sealing import make_key, seal, unseal

KEY = bytes(range(32))
keys = st.binary(min_size=32, max_size=32)
some = st.binary(max_size=300)
labels = st.binary(max_size=20)


@given(key=keys, data=some, label=labels)
@settings(deadline=None)
def test_what_was_sealed_comes_back_and_is_31_bytes_longer(key, data, label):
    sealed = seal(key, data, label=label)
    assert len(sealed) == len(data) + 31
    assert sealed == seal(key, data, label=label)
    assert unseal(key, sealed, label=label) == data


@given(data=some, label=labels, where=st.integers(min_value=0))
@settings(deadline=None)
def test_any_flipped_bit_is_refused(data, label, where):
    sealed = bytearray(seal(KEY, data, label=label))
    byte, bit = divmod(where % (8 * len(sealed)), 8)
    sealed[byte] ^= 1 << bit
    with pytest.raises(OriginalError, match="not what was sealed"):
        unseal(KEY, bytes(sealed), label=label)


@given(data=some, keep=st.integers(min_value=0))
@settings(deadline=None)
def test_cut_short_or_made_longer_it_is_refused(data, keep):
    sealed = seal(KEY, data, label=b"note")
    for changed in (sealed[: keep % len(sealed)], sealed + b"\0"):
        with pytest.raises(OriginalError, match="not what was sealed"):
            unseal(KEY, changed, label=b"note")


@given(data=some, label=labels, other=labels, another=keys)
@settings(deadline=None)
def test_under_another_label_or_key_it_is_refused(data, label, other, another):
    sealed = seal(KEY, data, label=label)
    for key, named in ((KEY, other), (another, label)):
        if (key, named) != (KEY, label):
            with pytest.raises(OriginalError, match=r"put in another's place\. Run pigtrack verify"):
                unseal(key, sealed, label=named)


def test_a_label_does_not_run_into_what_is_sealed():
    assert seal(KEY, b"ab", label=b"c")[:15] != seal(KEY, b"b", label=b"ca")[:15]


def test_two_things_never_share_a_nonce_and_two_keys_are_never_the_same():
    sealed = {seal(KEY, b"%d" % count, label=b"%d" % (count % 7))[3:15] for count in range(5000)}
    assert len(sealed) == 5000
    assert len({make_key() for _ in range(100)}) == 100


def test_the_sealed_bytes_are_those_of_the_first_release():
    """A record of years ago must open. This was worked out apart, from AES and GHASH alone."""
    sealed = seal(KEY, b"left cheek", label=b"subject 1")
    assert sealed[:3] == b"pt1"
    assert sealed.hex() == "707431bf5f05ccf1899912a3e42fe9fbb0b630c70640184d5b58f43b238d766b82eac15cf4da034e71"
    assert unseal(KEY, sealed, label=b"subject 1") == b"left cheek"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_the_callers_fault(length):
    with pytest.raises(ValueError, match="key must be 32 bytes"):
        seal(bytes(length), b"", label=b"")
    with pytest.raises(ValueError, match="key must be 32 bytes"):
        unseal(bytes(length), seal(KEY, b"", label=b""), label=b"")
