"""Whole journeys through the web app: `pigtrack serve` as a process of its own, and people with browsers."""

import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from browsing import DESK
from playwright.sync_api import expect
from served_records import PASSWORD, free_port

PATIENCE_MS = 240_000
"""Measuring takes seconds, on a machine that others work at minutes."""

ACTION_MS = 20_000
"""A page that is asked for, a button that must be there."""

OFFLINE = "Failed to load resource: net::ERR_"
"""What Chromium says of a line that the journey itself cuts."""

UNREACHED = "htmx: htmx:error: Failed to fetch"
"""What htmx says of it."""

_FORGETS = "Clear-Site-Data header on "
"""What Chromium says when it forgets what it kept of us, as signing out asks for."""


class Server:
    """`pigtrack serve` over a data folder: begun, killed and begun again at the same port."""

    def __init__(self, *arguments, port=None):
        self.port = port or free_port()
        self.arguments = tuple(map(str, arguments))
        self.process, self.told = None, []
        self.begin()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def begin(self):
        """Serve, and come back when it says that it does."""
        command = [sys.executable, "-m", "pigtrack", "serve", "--port", str(self.port), *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            self.told.append(line.rstrip())
            if line.startswith("End it"):
                return
        raise AssertionError(self.process.communicate()[1])

    def kill(self):
        """End it in the middle of whatever it does, as a power cut would."""
        self.process.kill()
        self.process.communicate()

    def end(self):
        """End it as people do; it says nothing but that."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=30)
        assert (self.process.returncode, err) == (0, ""), (out, err)


@contextmanager
def serving(*arguments):
    """Serve for the length of a ``with`` block; at its end the server ends tidily."""
    server = Server(*arguments)
    try:
        yield server
        server.end()
    finally:
        if server.process.poll() is None:
            server.kill()


@dataclass(eq=False)
class Walk:
    """Somebody's browser at a server. What it complains of, or asks for from elsewhere, is held against the journey.

    ``forgiven``: how complaints begin that the journey itself brings about.
    """

    context: object
    page: object
    address: str
    forgiven: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def _watch(self, page):
        page.set_default_timeout(ACTION_MS)
        page.on("console", lambda said: self.complaints.append(f"{said.text} ({said.location.get('url', '')})"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: None if self._is_own(asked.url) else self.complaints.append(asked.url))

    def _is_own(self, url):
        return url.startswith((f"{self.address}/", "data:", "blob:"))

    def unforgiven(self):
        """Return the complaints that nothing in the journey explains."""
        return [each for each in self.complaints if not each.startswith((_FORGETS, *self.forgiven))]

    def go(self, path):
        """Open a page by its address."""
        return self.page.goto(self.address + path)

    def sign_in(self, name, password=PASSWORD):
        """Sign in as people do."""
        self.go("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def open_course(self, label):
        """Find a course in the list, and open it."""
        self.go("/")
        self.page.get_by_role("row", name=label).get_by_role("link").first.click()

    def tab(self, name):
        """Go to one of the course's pages by its tab."""
        tabs = self.page.get_by_role("navigation", name="Course")
        tabs.get_by_role("link", name=name, exact=True).click()


@contextmanager
def walking(browser, address, width=DESK, *, name=None, forgiven=(), **options):
    """Give somebody a browser, signed in where a name is told; hold its complaints against them at the end."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    walk = Walk(context, context.new_page(), address, list(forgiven))
    walk._watch(walk.page)
    try:
        if name is not None:
            walk.sign_in(name)
        yield walk
        assert walk.unforgiven() == []
    finally:
        context.close()


@contextmanager
def chromium_that_sees(photograph, folder: Path):
    """Begin Chromium with a camera that shows a photograph, and leave to use it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: sh .ci/get-system-packages")
    playwright = pytest.importorskip("playwright.sync_api")
    film = folder / "camera.mjpeg"
    film.write_bytes(photograph * 4)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox", *camera, f"--use-file-for-fake-video-capture={film}"]
        opened = driver.chromium.launch(executable_path=program, args=arguments)
        yield opened
        opened.close()
