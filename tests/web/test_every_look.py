"""Every address that shows something of patients is told of in the trail, and the trail's plain part names nobody."""

import io
import re
from uuid import uuid4

import pytest
from asked_routes import asked_routes, by_link
from kept_records import copied
from PIL import Image
from served_records import served
from shared_pages import measured_as, page_files
from sqlalchemy import select

from pigtrack.store.derived import keep_derived
from pigtrack.store.record.tables import trail
from pigtrack.tracker.record.receiving import receive

NO_LOOK = {
    "/sign-in": "a form",
    "/courses/new": "an empty form",
    "/clinic/people": "users, no patients",
    "/clinic/people/{user}": "a user, no patient",
    "/me": "one's own sessions",
    "/api/me": "one's own name",
    "/api/openapi.json": "what may be asked",
    "/api/work": "ids, and how far their work is",
    "/courses/{course}/work": "how far the work is",
    "/checks": "counts and digests",
    "/checks/work": "how far a check is",
    "/clinic": "counts by month that name nobody; each counting is an entry of its own",
    "/clinic/work": "how far a count is",
    "/clinic/cohort": "groups that name nobody; each comparison is an entry of its own",
    "/clinic/cohort/work": "how far a count is",
    "/courses/{course}/share/preview/{wish}/leave": "what is said after a page was closed",
    "/link": "how a link is opened",
    "/link/{token}": "asks for a code",
    "/link/leave": "asks whether to close the page",
    "/api/uploads/{upload}": "what was said of a photograph that one sent; it shows nothing of it",
}
"""What shows nobody, and why. Nothing else leaves no entry."""

TOLD_BY_THEIR_PAGE = (
    "/courses/{course}/share/preview/{wish}/pictures/{measurement}/{language}/{name}",
    "/link/pictures/{measurement}/{language}/{name}",
)
"""Pictures of a page for which the page's own entry stands."""

OF_WORK_THAT_WAS_DONE = (
    "/exports/{uid}",
    "/exports/{uid}/work",
    "/exports/{uid}/file",
    "/clinic/cohort/chart.svg",
    "/clinic/cohort/page",
)
"""What the tests of exports and of the clinic's pages ask for, when it was made."""

QUERIES = {
    "/courses/{course}/review/lesion": {"lesion": "1"},
    "/courses/{course}/share/new": {"language": "en"},
    "/exports": {"format": "csv", "courses": "C-0001"},
    "/": {"search": "P-0007"},
    "/api/courses": {"search": "P-0007"},
    "/trail": {"course": "C-0001"},
    "/trail/entries.{kind}": {"subject": "P-0007"},
}
"""What the form before them says: names of the patient, which no entry may repeat."""

NAMES = ("C-0001", "P-0007", "cheek", ".jpg", "2026-01-", "2026-02-")
"""Of the patient, who was photographed in these months; entries of the test itself are of later ones."""


def photograph():
    file = io.BytesIO()
    Image.new("RGB", (640, 480)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("looks") / "data")) as server:
        measured, row = measured_as(server.record)
        drawn = {**page_files(measured), "thumb/1.jpg": photograph()}
        keep_derived(server.record, row, row["measurement_id"], drawn)
        yield server


@pytest.fixture(scope="module")
def known(clinic):
    """What addresses are filled with, by name: of things that are there."""
    (course,), upload = clinic.course_ids(), str(uuid4())
    receive(course=course, upload=upload, photograph=photograph(), data=clinic.record, by="cleo")
    words = {"wish": "all", "kind": "csv", "name:path": "thumb/1.jpg", "number": "1", "position": "0"}
    return {"course": course, "upload": upload, **words}


def entries(clinic):
    with clinic.record.reading() as connection:
        return connection.execute(select(trail).order_by(trail.c.seq)).mappings().all()


def showing(clinic):
    """Return the routes that show something of patients."""
    others = {*NO_LOOK, *TOLD_BY_THEIR_PAGE, *OF_WORK_THAT_WAS_DONE}
    return [each for each in asked_routes(clinic) if not each.changes and each.path not in others]


def test_every_address_that_shows_something_of_patients_leaves_an_entry(clinic, known):
    olga, patient = clinic.as_("olga"), by_link(clinic)
    asked = showing(clinic)
    assert len(asked) > 15
    for route in asked:
        before = len(entries(clinic))
        path = re.sub(r"\{([^}]+)\}", lambda part: known[part[1]], route.path)
        answer = (patient if route.for_patients else olga).get(path, params=QUERIES.get(route.path))
        assert answer.status_code == 200, (route, answer.text[:300])
        looks = [each for each in entries(clinic)[before:] if each["action"] == "view"]
        who = "patient by link" if route.for_patients else "olga"
        assert {each["actor"] for each in looks} == {who}, f"{route} shows something, and nothing tells of it"


def test_whatever_is_not_held_to_it_is_a_route_that_there_is(clinic):
    there = {each.path for each in asked_routes(clinic) if not each.changes}
    assert {*NO_LOOK, *TOLD_BY_THEIR_PAGE, *OF_WORK_THAT_WAS_DONE} <= there


def test_no_entry_names_anybody(clinic):
    told = [each["body"] for each in entries(clinic)]
    assert len(told) > 30
    assert [(name, body) for name in NAMES for body in told if name in body] == []
