import re
import subprocess
import sys
import zlib
from importlib.util import find_spec

import pytest

from pigtrack import tracker
from pigtrack.errors import OutputError, PigtrackError
from pigtrack.store import pdf

PAGE = """<!doctype html><html lang="en"><head><title>Course</title></head><body data-course="C-1">
<h1>Course</h1><p>There is less pigment.</p><img alt="a dot" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>">
</body></html>"""


@pytest.fixture
def printer():
    """The extra and its system library, or a word that they are missing."""
    try:
        return pdf.require_printer()
    except OutputError as fault:
        pytest.skip(str(fault))


def inside(printed):
    """The bytes of a PDF with its packed objects unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", printed, re.DOTALL)
    return printed + b"".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"\x78")


def test_a_page_becomes_a_tagged_pdf_with_its_title(printer):
    printed = pdf.print_pdf(PAGE)
    assert printed.startswith(b"%PDF-")
    assert {b"/MarkInfo", b"/StructTreeRoot", b"/Title"} <= set(
        re.findall(rb"/(?:MarkInfo|StructTreeRoot|Title)", inside(printed))
    )


def test_the_same_page_gives_the_same_bytes_in_another_process_too(printer):
    code = f"import sys; from pigtrack.store.pdf import print_pdf; sys.stdout.buffer.write(print_pdf({PAGE!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert other.stdout == pdf.print_pdf(PAGE)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.png", "file:///etc/hostname"])
def test_nothing_outside_the_page_is_fetched(printer, address, tmp_path):
    with pytest.raises(ValueError, match="outside"):
        pdf.print_pdf(PAGE.replace("<h1>", f'<img alt="" src="{address}"><h1>'))


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [(ImportError("no module"), 'pip install "pigtrack[pdf]"'), (OSError("cannot load library"), "libpango-1.0-0")],
)
def test_what_is_missing_is_said_with_its_remedy_before_anything_is_measured(monkeypatch, tmp_path, fault, remedy):
    def missing(name):
        raise fault

    monkeypatch.setattr(pdf, "import_module", missing)
    with pytest.raises(PigtrackError) as told:
        tracker.measure(course_folder=tmp_path / "nowhere", pdf=True)
    assert remedy in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_the_extra_is_only_imported_when_it_is_asked_for():
    assert find_spec("pigtrack.tracker.measuring")
    code = "import sys, pigtrack.tracker.measuring, pigtrack.store.pdf; print('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
