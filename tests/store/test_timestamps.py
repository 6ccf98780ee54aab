"""Time stamps: asked of an authority on this machine, run by OpenSSL, and checked against its certificates."""

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pigtrack.errors import RecordError
from pigtrack.store.timestamps import check_stamp, request_stamp

pytest.importorskip("rfc3161_client", reason="time stamps need rfc3161-client")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of these tests is openssl's")

DIGEST = hashlib.sha256(b"the end of the trail").digest()
OTHER = hashlib.sha256(b"another end").digest()

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/stamps.pem
signer_key = {folder}/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:true
[stamps]
extendedKeyUsage = critical, timeStamping
"""


def openssl(*command, **options) -> bytes:
    done = subprocess.run(["openssl", *map(str, command)], capture_output=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    """An authority with certificates of its own: a root, perhaps one between, and one made for stamping."""

    def __init__(self, folder: Path, *, between: bool = False) -> None:
        folder.mkdir()
        self.folder = folder
        self.config = folder / "authority.cnf"
        self.config.write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        own = ("-x509", "-extensions", "root", "-days", 3650, "-out", folder / "root.pem")
        openssl("req", *self._new_key("root"), *own)
        if between:
            self._certify("between", by="root", extensions="root")
        self._certify("stamps", by="between" if between else "root", extensions="stamps")

    def _new_key(self, name: str) -> tuple[object, ...]:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", self.config)
        return (*curve, "-subj", f"/CN={name} of the clinic", "-keyout", self.folder / f"{name}.key")

    def _certify(self, name: str, *, by: str, extensions: str) -> None:
        asked = openssl("req", *self._new_key(name))
        signer = ("-CA", self.folder / f"{by}.pem", "-CAkey", self.folder / f"{by}.key", "-days", 30)
        out = ("-extfile", self.config, "-extensions", extensions, "-out", self.folder / f"{name}.pem")
        openssl("x509", "-req", *signer, *out, input=asked)

    @property
    def roots(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        (self.folder / "asked").write_bytes(request)
        return openssl("ts", "-reply", "-config", self.config, "-queryfile", self.folder / "asked")


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stamps") / "authority")


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.headers["Content-Type"], asked))
        status, headers, said = self.server.answer(asked)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(said)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_) -> None:
        pass


class Door(ThreadingHTTPServer):
    """The authority's door on the network; what it answers is set by the test."""

    daemon_threads = True

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, bytes]] = []
        self.answer = lambda asked: (200, {}, authority.answer(asked))
        self.url = f"http://127.0.0.1:{self.server_port}/tsr"


@pytest.fixture
def door(authority, monkeypatch) -> Iterator[Door]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):  # nobody listens there
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Door(authority) as door:
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield door
        door.shutdown()


@pytest.fixture(scope="module")
def token(authority) -> bytes:
    with Door(authority) as door:
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        stamped = request_stamp(DIGEST, door.url)
        door.shutdown()
    return stamped


def test_a_stamp_tells_when_a_digest_existed_and_nothing_but_the_digest_is_sent(authority, door):
    token = request_stamp(DIGEST, door.url)
    at = check_stamp(token, DIGEST, authority.roots)
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    [(kind, asked)] = door.asked
    assert kind == "application/timestamp-query"
    assert len(asked) <= 70
    assert DIGEST in asked


def test_openssl_reads_the_question_and_takes_the_stamp(authority, token, tmp_path):
    (tmp_path / "token.tsr").write_bytes(token)
    verified = openssl(
        *("ts", "-verify", "-digest", DIGEST.hex(), "-in", tmp_path / "token.tsr"),
        *("-CAfile", authority.folder / "root.pem"),
    )
    assert b"Verification: OK" in verified
    said = openssl("ts", "-query", "-in", authority.folder / "asked", "-text")
    assert b"Hash Algorithm: sha256" in said
    assert b"Certificate required: yes" in said


def test_two_stamps_of_one_digest_are_asked_for_with_different_nonces(authority, door):
    request_stamp(DIGEST, door.url)
    request_stamp(DIGEST, door.url)
    assert door.asked[0] != door.asked[1]


def test_a_stamp_of_another_digest_does_not_stand(authority, token):
    with pytest.raises(RecordError, match=r"does not stand: it is of another digest, or it was changed\. Look"):
        check_stamp(token, OTHER, authority.roots)


def test_a_stamp_of_somebody_else_does_not_stand(authority, token, door, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(RecordError, match="nobody trusted made it"):
        check_stamp(token, DIGEST, stranger.roots)
    door.answer = lambda asked: (200, {}, stranger.answer(asked))
    theirs = request_stamp(DIGEST, door.url)
    with pytest.raises(RecordError, match="nobody trusted made it"):
        check_stamp(theirs, DIGEST, authority.roots)
    assert check_stamp(theirs, DIGEST, authority.roots + stranger.roots)


def test_whoever_stands_between_the_authority_and_its_root_is_given_with_the_root(door, tmp_path):
    chained = Authority(tmp_path / "chained", between=True)
    door.answer = lambda asked: (200, {}, chained.answer(asked))
    token = request_stamp(DIGEST, door.url)
    assert check_stamp(token, DIGEST, chained.roots + (chained.folder / "between.pem").read_bytes())
    with pytest.raises(RecordError, match="nobody trusted made it"):
        check_stamp(token, DIGEST, chained.roots)


def test_every_changed_byte_is_found_or_changes_nothing_that_is_said(authority, token):
    """Among the bytes some lie outside the signature, such as those that name its kind again."""
    at = check_stamp(token, DIGEST, authority.roots)
    unnoticed = []
    for place in range(0, len(token), 3):
        changed = bytearray(token)
        changed[place] ^= 0x10
        try:
            assert check_stamp(bytes(changed), DIGEST, authority.roots) == at
            unnoticed.append(place)
        except RecordError:
            pass
    assert len(unnoticed) < 10, unnoticed


@pytest.mark.parametrize("harm", [b"", b"<html>Welcome</html>", b"\x30\x80", bytes(70_000)])
def test_what_is_no_stamp_is_told_as_such(harm, authority, door):
    with pytest.raises(RecordError, match=r"can't be read as one\. Look whether the address is that of"):
        check_stamp(harm, DIGEST, authority.roots)
    door.answer = lambda asked: (200, {}, harm)
    with pytest.raises(RecordError, match="can't be read as one"):
        request_stamp(DIGEST, door.url)


def test_an_answer_to_another_question_is_refused(authority, door, token):
    door.answer = lambda asked: (200, {}, token)
    with pytest.raises(RecordError, match="it answers another question"):
        request_stamp(DIGEST, door.url)


def test_an_authority_that_refuses_is_told(authority, door):
    sha512 = (authority.folder / "asked").with_name("sha512")
    openssl("ts", "-query", "-digest", "00" * 64, "-sha512", "-out", sha512)
    door.answer = lambda asked: (200, {}, authority.answer(sha512.read_bytes()))
    with pytest.raises(RecordError, match=r"it refuses \(status 2\)\. Ask whoever runs it"):
        request_stamp(DIGEST, door.url)


def test_an_authority_that_sends_elsewhere_or_fails_is_told_and_not_followed(door):
    door.answer = lambda asked: (302, {"Location": door.url}, b"")
    with pytest.raises(RecordError, match=r"There is no time stamp from \"http://127\S+/tsr\": it answers 302\. Look"):
        request_stamp(DIGEST, door.url)
    door.answer = lambda asked: (500, {}, b"")
    with pytest.raises(RecordError, match="it answers 500"):
        request_stamp(DIGEST, f"{door.url}?token=hush")
    assert len(door.asked) == 2


def test_an_authority_that_is_not_there_is_told(door):
    door.server_close()
    with pytest.raises(RecordError, match=r"it does not answer\. Look whether the network is up") as told:
        request_stamp(DIGEST, f"{door.url}?token=hush")
    assert "hush" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://stamps.example/tsr", "it is not https"),
        ("file:///etc/passwd", "it is no address"),
        ("stamps.example", "it is no address"),
        ("https://me:hush@stamps.example", "a name or password stands in it"),
        ("https://stamps.example/\r\nx: y", "it is no address"),
    ],
)
def test_an_address_that_others_could_read_along_is_not_asked(url, why):
    with pytest.raises(RecordError, match=why) as told:
        request_stamp(DIGEST, url)
    assert "hush" not in str(told.value)


def test_certificates_that_are_none_are_told(token):
    with pytest.raises(RecordError, match=r"can't be read\. Give them as PEM"):
        check_stamp(token, DIGEST, b"none")


def test_a_digest_of_another_length_is_the_callers_fault(door):
    with pytest.raises(ValueError, match="digest must be 32 bytes, not 20"):
        request_stamp(bytes(20), door.url)


def test_without_the_extra_one_sentence_tells_what_to_install(monkeypatch):
    monkeypatch.setattr("pigtrack.store.timestamps.find_spec", lambda name: None)
    for ask in (lambda: request_stamp(DIGEST, "https://stamps.example"), lambda: check_stamp(b"", DIGEST, b"")):
        with pytest.raises(RecordError, match=r"need pigtrack\[timestamp\]: pip install"):
            ask()
