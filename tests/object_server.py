"""A real server of object storage for tests, in a process of its own on this machine."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Speaks to this machine past any proxy."""


def ask(url: str, method: str = "GET", data: bytes | None = None) -> bytes:
    """Ask the server itself, without signing what is asked."""
    plain = {"Content-Type": "application/octet-stream"}
    with DIRECT.open(urllib.request.Request(url, data, plain, method=method), timeout=10) as answer:
        return answer.read()


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextlib.contextmanager
def object_server(bucket: str) -> Iterator[str]:
    """Run a server with one bucket while the block lasts; give its address."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:
        try:
            until = time.monotonic() + 30
            while True:
                with contextlib.suppress(urllib.error.URLError):
                    ask(f"{address}/moto-api/")
                    break
                assert time.monotonic() < until, "the server never came up"
                time.sleep(0.05)
            ask(f"{address}/{bucket}", "PUT")
            yield address
        finally:
            process.kill()
