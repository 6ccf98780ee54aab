"""TLS for the clinic's own network: a small authority of the data folder's own, and what it signs for this machine.

A phone opens its camera only for pages that came by TLS, and no public authority signs for a machine in a clinic's
network. So the data folder has an authority of its own, which can sign for nothing but machines of such a network (name
constraints, RFC 5280, 4.2.1.10): who trusts it trusts it with nothing else. Its certificate is trusted once by each
phone; what it signs for this machine is made anew as addresses change and years go by.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pigtrack.errors import RecordError
from pigtrack.store.certificates import (
    AUTHORITY,
    AUTHORITY_KEY,
    SERVER,
    SERVER_KEY,
    certificates_folder,
    keep_file,
    read_kept,
)
from pigtrack.store.naming import quoted

AUTHORITY_LASTS = timedelta(days=3650)
"""To trust it anew on every phone is work; a machine of a clinic serves for less than ten years."""

SERVER_LASTS = timedelta(days=397)
"""Browsers take no more than 398 days (CA/Browser Forum, Baseline Requirements, 6.3.2)."""

_RENEWED_BEFORE = timedelta(days=60)
_SLACK = timedelta(days=1)
"""A certificate holds from a day ago: the clocks of phones are not all right."""

_OWN = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
)
_OWN_6 = ("fc00::/7", "fe80::/10", "::1/128")
"""Addresses of networks of one's own (RFC 1918, 3927, 4193, 4291)."""

_OWN_NAMES = ("localhost", "local")
"""``local``: names that machines of one network give themselves (RFC 6762)."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a server needs, and what a phone is to trust.

    Attributes
    ----------
    server, key : Path
        The server's certificate and its key, as PEM.
    authority : bytes
        The certificate to be trusted, as DER: what phones take.
    fingerprint : str
        SHA-256 of the authority's certificate, to be compared by eye.
    """

    server: Path
    key: Path
    authority: bytes
    fingerprint: str


def certificates(*, data: Path, names: Iterable[str], at: datetime | None = None) -> Certificates:
    """Return certificates for a machine of these names and addresses, made or renewed where that is needed.

    Parameters
    ----------
    data : Path
        The data folder.
    names : iterable of str
        Host names and IP addresses under which browsers ask for this machine.
    at : datetime or None
        The time; None: now.

    Raises
    ------
    RecordError
        If the kept ones can't be used.
    OutputError
        If new ones can't be kept.
    """
    folder, moment, wanted = certificates_folder(data), at or datetime.now(UTC), tuple(dict.fromkeys(names))
    authority, key = _authority(folder, wanted, moment)
    _refuse_uncovered(authority, wanted, folder)
    kept = _read_certificate(folder, SERVER)
    if kept is None or read_kept(folder, SERVER_KEY) is None or not _holds(kept, authority, wanted, moment):
        _renew(folder, authority, key, wanted, moment)
    told = authority.public_bytes(serialization.Encoding.DER)
    return Certificates(folder / SERVER, folder / SERVER_KEY, told, fingerprint_of(told))


def fingerprint_of(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate as phones show it.

    Examples
    --------
    >>> fingerprint_of(b"")[:11]
    'E3 B0 C4 42'
    """
    return hashlib.sha256(certificate).digest().hex(" ").upper()


def _authority(
    folder: Path, names: tuple[str, ...], at: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the authority with its key; made where there is none yet, or it has had its time."""
    kept = _read_certificate(folder, AUTHORITY)
    if kept is not None and kept.not_valid_after_utc - _RENEWED_BEFORE > at:
        return kept, _read_key(folder, AUTHORITY_KEY)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _signed_authority(key, names, at)
    keep_file(folder, AUTHORITY_KEY, _key_bytes(key))  # before the certificate: one without a key is of no use
    keep_file(folder, AUTHORITY, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _signed_authority(key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], at: datetime) -> x509.Certificate:
    """Return a certificate of an authority that can sign for machines of one's own network and nothing else."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "pigtrack of this clinic"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"pigtrack {at.date().isoformat()}"),
        ]
    )
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        _begun(name, name, key, at, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _permitted(names: tuple[str, ...]) -> list[x509.GeneralName]:
    """Return what the authority may sign for: names and addresses of one's own network, and this machine's others."""
    networks: list[IPv4Network | IPv6Network] = [*map(IPv4Network, _OWN), *map(IPv6Network, _OWN_6)]
    hosts = list(_OWN_NAMES)
    for name in names:
        address = _address(name)
        if address is not None and not any(address in network for network in networks):
            networks.append(IPv4Network(address))
        elif address is None and not any(_within(name, host) for host in hosts):
            hosts.append(name)
    return [*map(x509.DNSName, hosts), *map(x509.IPAddress, networks)]


def _renew(
    folder: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], at: datetime
) -> None:
    """Sign for this machine, by a new key."""
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    lasts = min(SERVER_LASTS, authority.not_valid_after_utc - at)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    signed = (
        _begun(subject, authority.subject, own, at, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    keep_file(folder, SERVER_KEY, _key_bytes(own))
    keep_file(folder, SERVER, signed.public_bytes(serialization.Encoding.PEM))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    start = at - _SLACK
    named = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return named.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + lasts)


def _general_names(names: tuple[str, ...]) -> list[x509.GeneralName]:
    addresses = ((name, _address(name)) for name in names)
    return [x509.DNSName(name) if address is None else x509.IPAddress(address) for name, address in addresses]


def _holds(kept: x509.Certificate, authority: x509.Certificate, names: tuple[str, ...], at: datetime) -> bool:
    """Tell whether a certificate is of this authority, for all these names, and for some time yet."""
    try:
        kept.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    signed = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(signed) == set(_general_names(names)) and kept.not_valid_after_utc - _RENEWED_BEFORE > at


def _refuse_uncovered(authority: x509.Certificate, names: tuple[str, ...], folder: Path) -> None:
    """Refuse a name or address for which the authority can't sign: phones would refuse it without a word."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    networks = [each.value for each in permitted if isinstance(each, x509.IPAddress)]
    hosts = [each.value for each in permitted if isinstance(each, x509.DNSName)]
    for name in names:
        address = _address(name)
        covered = any(_within(name, host) for host in hosts)
        if address is not None:
            covered = any(isinstance(each, IPv4Network) and address in each for each in networks)
        if not covered:
            raise RecordError(
                f"The certificate that phones trust does not cover {quoted(name)}.",
                f"Remove {quoted(folder)}, start again, and trust the new certificate on each phone.",
            )


def _within(name: str, host: str) -> bool:
    return name.lower() == host.lower() or name.lower().endswith(f".{host.lower()}")


def _address(name: str) -> IPv4Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address) else None


def _read_certificate(folder: Path, name: str) -> x509.Certificate | None:
    data = read_kept(folder, name)
    try:
        return None if data is None else x509.load_pem_x509_certificate(data)
    except ValueError as fault:
        raise _unusable(folder, name) from fault


def _read_key(folder: Path, name: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(read_kept(folder, name) or b"", None)
    except (ValueError, TypeError) as fault:
        raise _unusable(folder, name) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unusable(folder, name)
    return key


def _unusable(folder: Path, name: str) -> RecordError:
    return RecordError(
        f"{quoted(folder / name)} is damaged or gone.",
        f"Remove {quoted(folder)}, start again, and trust the new certificate on each phone.",
    )


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kinds)
