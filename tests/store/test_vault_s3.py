"""Originals in object storage: the same promises as in a folder, against a real server process on this machine."""

import hashlib
import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from object_server import ask, free_port, object_server

from pigtrack.errors import OriginalError, RecordError
from pigtrack.store.vault.originals import open_originals
from pigtrack.store.vault.place import parse_place

obstore = pytest.importorskip("obstore", reason="object storage needs obstore")
pytest.importorskip("moto.server", reason="the server of these tests is moto's")

ABSENT = "0" * 64


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with object_server("clinic") as address:
        yield address


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """Credentials, and variables that would lead astray: nobody listens at port 9."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "clinic")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        if name.endswith("PROXY"):
            monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture
def prefix(request) -> str:
    return hashlib.sha256(request.node.name.encode()).hexdigest()[:12]


@pytest.fixture
def originals(server, prefix, tmp_path):
    return open_originals(f"s3://clinic/{prefix}?endpoint={server}", base=tmp_path)


def kept(server: str, prefix: str, digest: str) -> bytes:
    """What the server itself has."""
    client = {"allow_http": True, "proxy_url": server, "proxy_excludes": "127.0.0.1"}
    options = {"endpoint": server, "aws_endpoint_url_s3": server, "client_options": client}
    store = obstore.store.S3Store("clinic", prefix=prefix, **options)
    return bytes(obstore.get(store, key_of(digest)).bytes())


def key_of(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def test_what_is_put_is_got_under_its_own_digest_and_twice_is_once(originals, server, prefix):
    digest = originals.put(b"sealed")
    assert digest == originals.put(b"sealed") == hashlib.sha256(b"sealed").hexdigest()
    assert originals.get(digest) == b"sealed"
    assert originals.has(digest)
    assert originals.check(digest)
    assert list(originals.digests()) == [digest]
    assert kept(server, prefix, digest) == b"sealed"


def test_a_large_original_goes_in_one_piece_and_is_checked_in_several(originals):
    sealed = bytes(range(256)) * 50_000
    assert originals.check(digest := originals.put(sealed))
    assert originals.get(digest) == sealed


@pytest.mark.parametrize("count", [20, pytest.param(1100, marks=pytest.mark.slow, id="1100, on two pages")])
def test_all_that_is_stored_is_listed_in_order_and_nothing_else(count, originals, server, prefix):
    with ThreadPoolExecutor(8) as pool:
        stored = sorted(pool.map(originals.put, (b"%d" % number for number in range(count))))
    for stranger in ("notes.txt", f"{stored[0][:2]}/notes.txt", f"zz/zz/{ABSENT}", ABSENT):
        ask(f"{server}/clinic/{prefix}/{stranger}", "PUT", b"a stranger's")
    ask(f"{server}/clinic/{prefix}x/{key_of(ABSENT)}", "PUT", b"of another store")
    assert list(originals.digests()) == stored


def test_what_is_not_there_is_told_as_missing(originals):
    assert list(originals.digests()) == []
    assert not originals.has(ABSENT)
    assert not originals.check(ABSENT)
    originals.delete(ABSENT)
    with pytest.raises(
        OriginalError, match=r"The original 000000000000… is missing from the store\. Restore it"
    ) as told:
        originals.get(ABSENT)
    assert told.value.name == ABSENT


@pytest.mark.parametrize("harm", [b"seale", b"sealed more", b"Sealed"])
def test_damage_is_found_and_a_write_over_it_is_refused_by_the_server(harm, originals, server, prefix):
    digest = hashlib.sha256(b"sealed").hexdigest()
    ask(f"{server}/clinic/{prefix}/{key_of(digest)}", "PUT", harm)
    assert originals.has(digest)
    assert not originals.check(digest)
    with pytest.raises(OriginalError, match=r"is damaged.*Restore it from a backup"):
        originals.get(digest)
    with pytest.raises(OriginalError, match=r"never written over\. Move that object away and do this again"):
        originals.put(b"sealed")
    assert kept(server, prefix, digest) == harm
    originals.delete(digest)
    assert originals.get(originals.put(b"sealed")) == b"sealed"


def test_of_many_writers_of_the_same_each_is_content(originals, server, prefix, tmp_path):
    stores = [open_originals(f"s3://clinic/{prefix}?endpoint={server}", base=tmp_path) for _ in range(8)]
    sealed = bytes(300_000)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda store: store.put(sealed), stores))
    assert digests == set(originals.digests())
    assert originals.check(digests.pop())


@pytest.mark.parametrize("hostile", ["../x", "", "?acl", "A" * 64, "0" * 64 + "\n"])
def test_what_is_no_digest_is_refused_by_every_door(hostile, originals):
    for door in (originals.get, originals.has, originals.check, originals.delete):
        with pytest.raises(OriginalError, match="names no original"):
            door(hostile)


class Relay(ThreadingHTTPServer):
    """Hands requests on to a server, and drops the connection of some: before the server hears of it, or after."""

    daemon_threads = True

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handing)
        self.beyond = server.removeprefix("http://")
        self.plan: list[str] = []
        self.heard = 0


class _Handing(BaseHTTPRequestHandler):
    def _hand_on(self) -> None:
        relay: Relay = self.server
        relay.heard += 1
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fate = relay.plan.pop(0) if relay.plan else "pass"
        if fate == "drop the question":
            return
        if fate.isdigit():
            self.send_error(int(fate))
            return
        beyond = http.client.HTTPConnection(relay.beyond, timeout=10)
        beyond.request(self.command, self.path, body, dict(self.headers))
        answer = beyond.getresponse()
        said = answer.read()
        beyond.close()
        if fate == "drop the answer":
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said[: len(said) // 2] if fate == "cut the answer" else said)

    do_GET = do_PUT = do_HEAD = do_DELETE = _hand_on

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def relay(server) -> Iterator[Relay]:
    with Relay(server) as relay:
        threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield relay
        relay.shutdown()


@pytest.fixture
def relayed(relay, prefix, tmp_path):
    return open_originals(f"s3://clinic/{prefix}?endpoint=http://127.0.0.1:{relay.server_port}", base=tmp_path)


@pytest.mark.parametrize("fate", ["drop the question", "drop the answer", "500", "503"])
def test_a_server_that_drops_connections_is_asked_again(fate, relay, relayed):
    relay.plan = [fate, fate, fate]
    digest = relayed.put(b"sealed")
    assert relay.plan == []
    relay.plan = [fate, fate]
    assert relayed.get(digest) == b"sealed"
    relay.plan = [fate]
    assert relayed.has(digest)
    relay.plan = [fate]
    assert list(relayed.digests()) == [digest]


def test_an_answer_that_ends_too_early_is_asked_for_again(relay, relayed):
    digest = relayed.put(bytes(200_000))
    relay.plan = ["cut the answer"]
    assert relayed.get(digest) == bytes(200_000)
    relay.plan = ["cut the answer"]
    assert relayed.check(digest)
    assert relay.plan == []


def test_a_server_that_always_fails_is_given_up_with_one_sentence(relay, relayed):
    relay.plan = ["503"] * 100
    with pytest.raises(OriginalError, match=r"can't be kept in .*: http://127\S+ answers 503 Service Unavailable\. Do"):
        relayed.put(b"sealed")
    assert relay.heard < 20


def test_a_server_that_is_not_there_is_told_in_seconds(tmp_path):
    originals = open_originals(f"s3://clinic/x?endpoint=http://127.0.0.1:{free_port()}", base=tmp_path)
    begun = time.monotonic()
    for ask_for in (
        lambda: originals.put(b"sealed"),
        lambda: originals.get(ABSENT),
        lambda: originals.has(ABSENT),
        lambda: originals.check(ABSENT),
        lambda: list(originals.digests()),
    ):
        with pytest.raises(OriginalError, match=r"does not answer\. Look whether the server runs") as told:
            ask_for()
        assert "\n" not in str(told.value)
    assert time.monotonic() - begun < 30


def test_a_bucket_that_is_not_there_is_not_taken_for_a_missing_original(server, tmp_path):
    originals = open_originals(f"s3://nobodys/x?endpoint={server}", base=tmp_path)
    for ask_for in (
        lambda: originals.put(b"sealed"),
        lambda: originals.get(ABSENT),
        lambda: originals.has(ABSENT),
        lambda: originals.check(ABSENT),
        lambda: list(originals.digests()),
    ):
        with pytest.raises(OriginalError, match=r'there is no bucket "nobodys"\. Have it made') as told:
            ask_for()
        assert "\n" not in str(told.value)


def test_wrong_credentials_are_told_and_not_shown(originals, server):
    ask(f"{server}/moto-api/reset-auth", "POST", b"0")
    try:
        for ask_for in (lambda: originals.put(b"sealed"), lambda: originals.get(ABSENT), lambda: originals.has(ABSENT)):
            with pytest.raises(OriginalError, match=r"refuses the credentials \(403 Forbidden\)\. Set those") as told:
                ask_for()
            assert "secret" not in str(told.value)
    finally:
        ask(f"{server}/moto-api/reset-auth", "POST", b"inf")


def test_without_credentials_nothing_is_sent(server, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(RecordError, match=r"No credentials are set for .*Set AWS_ACCESS_KEY_ID and"):
        open_originals(f"s3://clinic?endpoint={server}", base=tmp_path)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("s3://clinic", "neither an endpoint nor a region"),
        ("s3://clinic?endpoint=http://storage.example", "it is not https"),
        ("s3://clinic?endpoint=http://127.0.0.1.example", "it is not https"),
        ("s3://clinic?endpoint=https://key:hush@storage.example", "a name or password stands in it"),
        ("s3://clinic?endpoint=ftp://storage.example", "it is not https"),
        ("s3://clinic?endpoint=https://", "it is no address"),
        ("s3://clinic?endpoint=https://storage.example:port", "it is no address"),
        ("s3://clinic?endpoint=https://a.example&endpoint=https://b.example", "each once"),
        ("s3://clinic?region=here&secret=hush", "more than an endpoint and a region"),
        ("s3://clinic?region", "can't be read"),
        ("s3://clinic?region=eu%20central", "no region's name"),
        ("s3://?region=eu-central-1", "names no bucket"),
        ("s3://key:hush@clinic?region=eu-central-1", "names no bucket"),
        ("s3://[clinic?region=eu-central-1", "can't be read"),
        ("s3://clinic/../other?region=eu-central-1", "letters that stand for something else"),
        ("s3://clinic/a//b?region=eu-central-1", "letters that stand for something else"),
        ("s3://clinic/a#b?region=eu-central-1", "letters that stand for something else"),
    ],
)
def test_a_place_that_can_not_be_understood_is_refused_without_repeating_it(place, why, tmp_path):
    with pytest.raises(RecordError, match=why) as told:
        open_originals(place, base=tmp_path)
    assert "hush" not in str(told.value)


def test_a_place_says_where_it_is():
    place = parse_place("s3://clinic/years/2026/?endpoint=https://storage.example:9000/&region=eu-1")
    assert (place.bucket, place.prefix, place.endpoint) == ("clinic", "years/2026", "https://storage.example:9000")
    assert (place.region, place.shown, place.loopback) == ("eu-1", "s3://clinic/years/2026", None)
    assert parse_place("s3://clinic?endpoint=http://[::1]:9000").loopback == "::1"


def test_without_the_extra_one_sentence_tells_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("pigtrack.store.vault.s3.find_spec", lambda name: None)
    with pytest.raises(RecordError, match=r"need pigtrack\[s3\]: pip install 'pigtrack\[s3\]'\."):
        open_originals("s3://clinic?region=eu-central-1", base=tmp_path)
