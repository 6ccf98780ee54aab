"""What is installed is whole: a wheel built offline, unpacked elsewhere, and run there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
OFFLINE = ["--no-deps", "--no-index", "--disable-pip-version-check", "-q"]


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, timeout=300, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", *OFFLINE, "--no-build-isolation", "-w", folder, CHECKOUT)
    (built,) = folder.glob("pigtrack-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("installed") / "site"
    pip("install", *OFFLINE, "--no-compile", "--target", target, wheel)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run outside the checkout, with the installed package before any other."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=300, check=False
    )


def test_the_wheel_holds_every_module_and_says_that_it_is_typed(names):
    modules = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "pigtrack").rglob("*.py")}
    assert modules - names == set()
    assert "pigtrack/py.typed" in names
    assert "pigtrack/report/templates/report.html" in names


def test_the_wheel_holds_every_page_script_and_style_of_the_web_app(names):
    shown = {
        path.relative_to(CHECKOUT).as_posix()
        for folder in ("templates", "static")
        for path in (CHECKOUT / "pigtrack" / "web" / folder).rglob("*")
        if path.is_file()
    }
    assert "pigtrack/web/templates/base.html" in shown
    assert shown - names == set()


def test_the_wheel_holds_all_reference_data_and_the_sample_courses(names):
    for folder in ("calibration", "sample_images"):
        tracked = [
            path for path in (CHECKOUT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ]
        packed = {f"pigtrack/_data/{path.relative_to(CHECKOUT).as_posix()}" for path in tracked}
        assert packed - names == set()
    assert "pigtrack/_data/sample_images/sample-course/course.toml" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(names):
    folders = {name.split("/")[0] for name in names}
    assert {folder.split("-")[0] for folder in folders} == {"pigtrack"}
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]
    assert not [name for name in names if "/results/" in name and "/sample-cohort/" not in name]


@pytest.mark.slow
def test_the_installed_package_runs_outside_the_checkout(installed, tmp_path):
    where = run(installed, tmp_path, "-c", "import pigtrack; print(pigtrack.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed)
    told = run(installed, tmp_path, "-m", "pigtrack", "--help")
    assert (told.returncode, told.stderr) == (0, "")
    told = run(installed, tmp_path, "-m", "pigtrack", "cards")
    assert (told.returncode, told.stderr) == (0, "")
    assert "colorchecker-classic: " in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_installed_package_finds_its_own_data(installed, tmp_path):
    code = """
from pathlib import Path
from pigtrack.store import reference_data
folder = reference_data.data_folder("calibration")
assert (folder.parent / "sample_images" / "sample-course" / "session-01.jpg").is_file()
reference_data.load_colour_prior(), reference_data.load_spectra()
print(folder)
"""
    told = run(installed, tmp_path, "-c", code)
    assert told.stderr == ""
    assert Path(told.stdout.strip()).is_relative_to(installed)


@pytest.mark.slow
def test_the_demo_runs_where_it_was_installed(installed, tmp_path):
    told = run(installed, tmp_path, "-m", "pigtrack", "demo")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "pigtrack-demo" / "report.html").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["pigtrack-demo"]
