"""What the page on the record says of roles, tests and files is so."""

import re
from pathlib import Path

from pigtrack.model.record import Role
from pigtrack.model.roles import Verb, may

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")


def rows_of(heading):
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|") and not set(line) <= set("|- ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_roles_is_the_one_that_is_asked():
    (_, *roles), *rows = rows_of("Users")
    told = {
        (Role(role), Verb(row[0])): cell == "yes" for row in rows for role, cell in zip(roles, row[1:], strict=True)
    }
    assert told == {(role, verb): may(role, verb) for role in Role for verb in Verb}


def test_every_test_that_a_point_rests_on_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    defined = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert len(named) > 15
    assert named <= defined, named - defined


def test_every_file_that_the_page_names_exists():
    named = re.findall(r"`(pigtrack/[\w/]+\.py)`", PAGE)
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_the_page_claims_support_and_never_compliance():
    assert "**supports** these controls" in PAGE
    assert not re.search(r"complian|compliant|certified|conform", PAGE, re.IGNORECASE)


def test_every_point_says_what_stays_the_clinics_part():
    header, *rows = rows_of("21 CFR Part 11 and ALCOA++")
    assert header == ["point", "where it is met", "held by", "your part"]
    assert all(len(row) == 4 and row[3] for row in rows)
