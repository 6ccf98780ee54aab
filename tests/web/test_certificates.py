"""The certificates of a clinic's own network: signed for this machine alone, renewed in time, kept to ourselves."""

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import verification

from pigtrack.errors import RecordError
from pigtrack.store.certificates import AUTHORITY, AUTHORITY_KEY
from pigtrack.tracker.certificates import SERVER_LASTS, certificates

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAMES = ("192.168.1.7", "clinic.local", "clinic", "localhost", "127.0.0.1")


def server_of(made):
    return x509.load_pem_x509_certificate(made.server.read_bytes())


def verify(made, name, at=AT):
    """Hold a certificate against what it is to be trusted by, as a browser does, by another's code."""
    trusted = verification.Store([x509.load_der_x509_certificate(made.authority)])
    who = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    builder = verification.PolicyBuilder().store(trusted).time(at.replace(tzinfo=None))
    return builder.build_server_verifier(who).verify(server_of(made), [])


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_that_trusts_the_authority_trusts_the_server_under_each_of_its_names(tmp_path, name):
    assert len(verify(certificates(data=tmp_path, names=NAMES, at=AT), name)) == 2


def test_nobody_trusts_it_under_another_name(tmp_path):
    made = certificates(data=tmp_path, names=NAMES, at=AT)
    with pytest.raises(verification.VerificationError):
        verify(made, "192.168.1.8")
    with pytest.raises(verification.VerificationError):
        verify(made, "bank.example")


def test_the_authority_could_not_sign_for_a_name_of_the_wide_world(tmp_path):
    made = certificates(data=tmp_path, names=NAMES, at=AT)
    limits = x509.load_der_x509_certificate(made.authority).extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    names = {each.value for each in limits.value.permitted_subtrees if isinstance(each, x509.DNSName)}
    assert names == {"localhost", "local", "clinic"}
    with pytest.raises(RecordError, match=r"does not cover 'bank.example'|does not cover \"bank.example\""):
        certificates(data=tmp_path, names=(*NAMES, "bank.example"), at=AT)


def test_started_again_it_shows_the_same_and_phones_need_nothing(tmp_path):
    first = certificates(data=tmp_path, names=NAMES, at=AT)
    before = first.server.read_bytes()
    again = certificates(data=tmp_path, names=NAMES, at=AT + timedelta(days=30))
    assert (again.fingerprint, again.server.read_bytes()) == (first.fingerprint, before)


def test_another_address_and_a_year_later_a_new_one_is_signed_by_the_same_authority(tmp_path):
    first = certificates(data=tmp_path, names=NAMES, at=AT)
    moved = certificates(data=tmp_path, names=("192.168.1.9", *NAMES[1:]), at=AT)
    assert moved.fingerprint == first.fingerprint
    verify(moved, "192.168.1.9")
    before, later = moved.server.read_bytes(), AT + timedelta(days=340)
    renewed = certificates(data=tmp_path, names=("192.168.1.9", *NAMES[1:]), at=later)
    assert renewed.server.read_bytes() != before
    assert renewed.fingerprint == first.fingerprint
    verify(renewed, "192.168.1.9", at=later + timedelta(days=300))


def test_it_lasts_no_longer_than_browsers_take(tmp_path):
    made = server_of(certificates(data=tmp_path, names=NAMES, at=AT))
    assert made.not_valid_after_utc - made.not_valid_before_utc == SERVER_LASTS < timedelta(days=398)


def test_the_keys_are_for_this_account_alone(tmp_path):
    made = certificates(data=tmp_path, names=NAMES, at=AT)
    folder = made.server.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_a_key_and_a_certificate_that_do_not_belong_together_are_not_kept(tmp_path):
    made = certificates(data=tmp_path, names=NAMES, at=AT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server, made.key)
    made.key.unlink()
    again = certificates(data=tmp_path, names=NAMES, at=AT)
    context.load_cert_chain(again.server, again.key)


@pytest.mark.parametrize("name", [AUTHORITY, AUTHORITY_KEY])
def test_a_damaged_authority_is_told_with_what_to_do(tmp_path, name):
    made = certificates(data=tmp_path, names=NAMES, at=AT)
    (made.server.parent / name).write_bytes(b"-----BEGIN NOTHING-----")
    with pytest.raises(RecordError, match="is damaged or gone"):
        certificates(data=tmp_path, names=NAMES, at=AT)
