"""`pigtrack serve` as it is typed: ready soon, on this machine or in the clinic's network, ended tidily."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from served_records import PASSWORD, free_port

from pigtrack.tracker.certificates import certificates
from pigtrack.web import listening
from pigtrack.web.trust import trust_app

READY_CPU_S = 2.0
"""Issue 7 asks for 2 s from the shell; held to CPU seconds, which others on the machine lengthen less."""

IDLE_MB = 250


def usual_port():
    """A port whose next one is free, too."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port + 1)):
                return port


@contextmanager
def running(*arguments, port=None, files=None):
    """Run the command as a shell does, until it says that it is ready; at the end it is asked to end.

    ``files``: how many it may have open.
    """
    port = port or usual_port()
    command = [sys.executable, "-m", "pigtrack", "serve", "--port", str(port), *map(str, arguments)]
    if files is not None:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("End it"):
                break
        process.told, process.port = lines, port
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(*arguments):
    command = [sys.executable, "-m", "pigtrack", "serve", *map(str, arguments)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert len(told.stderr.splitlines()) == 1
    return told.stderr


def cpu_s(process):
    """CPU seconds of a process, as Linux counts them in hundredths."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_mb(pid):
    """Memory of a process and of all that it began."""
    status = Path(f"/proc/{pid}/status").read_text()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return own + sum(memory_mb(int(each)) for each in children)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts CPU and memory as Linux tells them")
def test_it_is_ready_soon_idles_small_and_ends_when_it_is_asked_to(staffed, tmp_path):
    data = shutil.copytree(staffed, tmp_path / "data")
    with running("--data", data) as server:
        assert cpu_s(server) <= READY_CPU_S
        assert server.told[0] == f"pigtrack is at http://127.0.0.1:{server.port}/"
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as browser:
            headers = {"Sec-Fetch-Site": "same-origin"}
            signed = browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD}, headers=headers)
            assert signed.status_code == 303
            assert browser.get("/").status_code == 200
        assert memory_mb(server.pid) <= IDLE_MB
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=20)
        assert (server.returncode, out.strip(), err) == (0, "pigtrack has ended.", "")


def test_a_port_that_is_taken_an_address_that_is_not_ours_and_no_record_are_told_in_a_sentence(tmp_path):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        assert "Something listens at port" in refused("--data", tmp_path, "--port", held.getsockname()[1])
    assert "Use --lan" in refused("--data", tmp_path, "--host", "192.0.2.77")
    assert "holds no record" in refused("--data", tmp_path, "--port", usual_port())


def test_a_record_without_users_is_not_served(kept, tmp_path):
    data = shutil.copytree(kept, tmp_path / "data")
    assert "pigtrack user add NAME --role owner" in refused("--data", data, "--port", usual_port())


def test_in_the_clinics_network_it_speaks_tls_and_hands_out_what_to_trust(staffed, tmp_path):
    data = shutil.copytree(staffed, tmp_path / "data")
    with running("--data", data, "--lan", "--host", "127.0.0.1") as server:
        plain = f"http://127.0.0.1:{server.port + 1}"
        fingerprint = next(line for line in server.told if re.fullmatch(r"([0-9A-F]{2} ){31}[0-9A-F]{2}", line))
        page = httpx.get(plain)
        assert fingerprint in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        authority = httpx.get(f"{plain}/pigtrack.crt")
        assert authority.headers["content-type"] == "application/x-x509-ca-cert"
        trusted = ssl.create_default_context(cadata=authority.content)
        with httpx.Client(base_url=f"https://127.0.0.1:{server.port}", verify=trusted) as phone:
            shown = phone.get("/sign-in")
            assert shown.status_code == 200
            assert "max-age" in shown.headers["strict-transport-security"]
            headers = {"Sec-Fetch-Site": "same-origin"}
            signed = phone.post("/sign-in", data={"name": "cleo", "password": PASSWORD}, headers=headers)
            assert signed.headers["set-cookie"].startswith("__Host-pigtrack=")
            assert "Secure" in signed.headers["set-cookie"]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://127.0.0.1:{server.port}/")


def test_the_page_that_hands_out_the_certificate_hands_out_nothing_else(staffed, tmp_path):
    data = shutil.copytree(staffed, tmp_path / "data")
    with running("--data", data, "--lan", "--host", "127.0.0.1") as server:
        plain = f"http://127.0.0.1:{server.port + 1}"
        for path in ("/sign-in", "/tls/authority.key", "/static/style.css", "/api/uploads/x", "/../record.sqlite"):
            assert httpx.get(plain + path).status_code == 404
        assert httpx.post(f"{plain}/", content=b"x").status_code == 405
        assert httpx.get(plain, headers={"host": "elsewhere.example"}).status_code == 421


def test_behind_a_proxy_it_is_asked_for_by_the_proxys_name(staffed, tmp_path):
    data = shutil.copytree(staffed, tmp_path / "data")
    with running("--data", data, "--name", "pigtrack.clinic.example") as server:
        near = f"http://127.0.0.1:{server.port}/sign-in"
        assert httpx.get(near, headers={"host": "pigtrack.clinic.example"}).status_code == 200
        assert httpx.get(near, headers={"host": "other.example"}).status_code == 421


def test_who_only_holds_a_connection_is_let_go(monkeypatch, tmp_path):
    monkeypatch.setattr(listening, "HEAD_WITHIN_S", 0.3)
    app = trust_app(
        certificates(data=tmp_path, names=("127.0.0.1",)), address="https://127.0.0.1/", hosts=("127.0.0.1",)
    )
    with listening.listen("127.0.0.1", 0) as held:
        server = uvicorn.Server(listening.configured(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        with socket.create_connection(held.getsockname(), timeout=20) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: 127")  # and nothing more
            assert slow.recv(100) == b""
        assert httpx.get(f"http://127.0.0.1:{held.getsockname()[1]}/").status_code == 200
        server.should_exit = True
        thread.join(20)


@contextmanager
def listening_here(app):
    """Serve an app as `serve` does, from a thread of this process; give its address."""
    with listening.listen("127.0.0.1", 0) as held:
        server = uvicorn.Server(listening.configured(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        try:
            yield held.getsockname()
        finally:
            server.should_exit = True
            thread.join(20)


async def reads_all(scope, receive, send):
    """An app that answers when the whole body has come."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_who_opens_connections_by_the_hundred_takes_none_from_others(monkeypatch):
    monkeypatch.setattr(listening, "CONNECTIONS_MOST", 30)
    monkeypatch.setattr(listening, "ROOM", 10)
    with listening_here(reads_all) as where, ExitStack() as held:
        for _ in range(60):
            held.enter_context(socket.create_connection(where, timeout=20)).sendall(b"GET / HTTP/1.1\r\nHost: 127")
        for _ in range(5):
            assert httpx.get(f"http://127.0.0.1:{where[1]}/").status_code == 200


def drip_on(line):
    """Send a letter at a time for five seconds."""
    for _ in range(100):
        line.sendall(b"x")
        time.sleep(0.05)


def test_a_body_that_drips_for_ever_is_hung_up_on_and_a_slow_one_is_not(monkeypatch):
    monkeypatch.setattr(listening, "BODY_STALLS_S", 0.3)
    head = b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
    with listening_here(reads_all) as where:
        with socket.create_connection(where, timeout=20) as slow:
            slow.sendall(head)
            for _ in range(10):
                slow.sendall(bytes(100))
                time.sleep(0.1)
            assert slow.recv(100).startswith(b"HTTP/1.1 200")
        with socket.create_connection(where, timeout=20) as drip:
            drip.sendall(head)
            with pytest.raises(OSError, match=r"reset|pipe"):
                drip_on(drip)


@pytest.mark.slow
def test_the_demonstration_gives_a_patient_s_link_that_opens():
    with running("--demo") as server:
        told = next(line for line in server.stdout if line.startswith("  patient"))
        with httpx.Client() as phone:
            assert phone.get(told.split()[1]).status_code == 200
        assert re.search(r"code: \d{8}$", told)


def test_who_stands_in_the_doorway_by_the_thousand_keeps_nobody_out(staffed, tmp_path):
    """Without a word of TLS, so that no connection is known yet that could be ended: more than files may be open."""
    data = shutil.copytree(staffed, tmp_path / "data")
    with running("--data", data, "--lan", "--host", "127.0.0.1", files=300) as server, ExitStack() as held:
        for _ in range(400):
            held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        for _ in range(3):
            answer = httpx.get(f"https://127.0.0.1:{server.port}/sign-in", verify=False, timeout=20)
            assert answer.status_code == 200
