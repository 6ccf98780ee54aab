"""What is promised of starting up: seconds of the processor, and who loads what."""

import resource
import subprocess
import sys

import pytest

HELP_SECONDS = 0.5


def cpu_of(*command) -> float:
    """Processor's seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("command", [["--help"], ["measure", "--help"], ["--version"]])
def test_help_is_there_at_once(command):
    assert min(cpu_of("-m", "pigtrack", *command) for _ in range(3)) < HELP_SECONDS


def test_a_worker_loads_neither_tables_nor_charts_nor_pages():
    code = "import sys, pigtrack.tracker.jobs; print(sorted({'pandas', 'matplotlib', 'jinja2'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
