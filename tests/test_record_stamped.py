"""A trail that somebody outside has stamped: it verifies with their certificate, and a new chain is told from it."""

import shutil
import threading

import pytest
from drawn_records import ANNA, fill
from kept_records import by_hand
from store.test_timestamps import Authority, Door
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.trail import chain_hash
from pigtrack.tracker.record.desk import now, opened

pytest.importorskip("rfc3161_client", reason="needs pigtrack[timestamp]")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of these tests is openssl's")


def run(data, *words):
    return CliRunner().invoke(app, [*words, "--data", str(data), "--by", "olga"])


@pytest.fixture
def stamped(tmp_path):
    """A record whose trail was stamped by an authority of this machine, and the authority's certificate."""
    data = tmp_path / "data"
    create_record(data, clock=now)
    with opened(data) as record:
        fill(record, range(1, 2), sessions=1, lesions=1)
    authority = Authority(tmp_path / "authority")
    with Door(authority) as door:
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        done = run(data, "trail", "--stamp", door.url)
        door.shutdown()
    assert done.exit_code == 0, done.output
    (tmp_path / "root.pem").write_bytes(authority.roots)
    return data, tmp_path / "root.pem"


def test_a_stamped_trail_verifies_with_the_authoritys_certificate_as_it_grows_on(stamped):
    data, root = stamped
    with opened(data) as record, record.writing(ANNA) as unit:
        unit.note("view", "overview")
    done = run(data, "verify", "--trusted", str(root))
    assert done.exit_code == 0, done.output
    assert "1 time stamp" in done.output


def test_a_whole_new_chain_computed_by_hand_does_not_fit_the_stamp(stamped):
    """The chain alone can't tell: every entry fits the one before. The stamp is of the chain that was."""
    data, root = stamped
    with opened(data) as record, record.reading() as connection:
        entries = connection.exec_driver_sql("SELECT seq, body FROM trail ORDER BY seq").all()
    before, statements = "0" * 64, []
    for seq, body in entries:
        told = body.replace('"actor":"anna"', '"actor":"anny"').replace("'", "''")
        before = chain_hash(before, told.replace("''", "'"))
        statements.append(f"UPDATE trail SET body = '{told}', hash = '{before}' WHERE seq = {seq}")
    by_hand(data, *statements, "UPDATE trail SET actor = 'anny' WHERE actor = 'anna'")
    alone = run(data, "verify")
    assert alone.exit_code == 0, alone.output
    checked = run(data, "verify", "--trusted", str(root))
    assert checked.exit_code == 1
    assert "time stamps" in checked.output
