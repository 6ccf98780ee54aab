"""What the killed left behind is cleared away; what belongs to the living, or to nobody known, is not."""

import signal
import subprocess
import sys

import pytest

from pigtrack.store.leftovers import temporary_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is locked there")

HOLD = """
import sys, time
from pathlib import Path
from pigtrack.store.leftovers import temporary_folder
with temporary_folder("pigtrack-", Path(sys.argv[1])) as folder:
    (folder / "big").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_gone_with_its_block_whatever_happens(tmp_path):
    def interrupted():
        with temporary_folder("pigtrack-", tmp_path) as folder:
            (folder / "big").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == []


def test_a_living_one_s_folder_stays_and_a_killed_one_s_goes(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    held = holder.stdout.readline().strip()
    with temporary_folder("pigtrack-", tmp_path):
        assert len(names(tmp_path)) == 2
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert [str(tmp_path / name) for name in names(tmp_path)] == [held]
    with temporary_folder("pigtrack-", tmp_path):
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []


def test_a_folder_without_a_lock_is_not_ours_to_judge(tmp_path):
    (tmp_path / "pigtrack-notes").mkdir()
    with temporary_folder("pigtrack-", tmp_path):
        pass
    assert names(tmp_path) == ["pigtrack-notes"]


@pytest.mark.parametrize("left", [[], ["new lock"]])
def test_a_folder_whose_maker_was_killed_before_it_was_locked_goes(tmp_path, left):
    (tmp_path / "pigtrack-abcd_123").mkdir()
    for name in left:
        (tmp_path / "pigtrack-abcd_123" / name).touch()
    with temporary_folder("pigtrack-", tmp_path):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["pigtrack-abcd_123", "pigtrack-bench-abcd_123"])
def test_what_somebody_else_made_under_such_a_name_stays(tmp_path, name):
    (tmp_path / name).mkdir()
    if name == "pigtrack-abcd_123":
        (tmp_path / name / "letter").touch()
    with temporary_folder("pigtrack-", tmp_path):
        pass
    assert names(tmp_path) == [name]


def test_many_that_make_and_clear_at_once_do_not_meet(tmp_path):
    """Each clears away what it takes for left behind; none may lose a folder, none may stay."""
    run = "import sys\nfrom pathlib import Path\nfrom pigtrack.store.leftovers import temporary_folder\n"
    run += "for _ in range(60):\n    with temporary_folder('pigtrack-', Path(sys.argv[1])) as folder:\n"
    run += "        (folder / 'big').write_text('x')\n"
    crew = [subprocess.Popen([sys.executable, "-c", run, str(tmp_path)]) for _ in range(3)]
    assert [each.wait(60) for each in crew] == [0, 0, 0]
    assert names(tmp_path) == []


def test_somebody_s_only_copy_is_never_cleared_away(tmp_path):
    (tmp_path / ".pigtrack-x").mkdir()
    (tmp_path / ".pigtrack-x" / "lock").touch()
    (tmp_path / ".pigtrack-x" / "earlier").mkdir()
    with temporary_folder(".pigtrack-", tmp_path, keep="earlier") as folder:
        (folder / "earlier").mkdir()
    assert len(names(tmp_path)) == 2
