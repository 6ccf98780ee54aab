"""Whatever changes what is measured has the course measured anew, and nothing else does."""

import io
from uuid import uuid4

import pytest
from kept_records import copied
from PIL import Image
from reviewed_records import pictured
from served_records import served

from pigtrack.model.quality import QualityVerdict
from pigtrack.model.upload import Judgement
from pigtrack.tracker.record.capturing import note_judgement
from pigtrack.tracker.record.receiving import receive
from pigtrack.tracker.record.visiting import look_at_told

REGION = {"kind": "region", "points": "10,20 200,20 200,150 10,150", "measurement": "1"}


class Noticed:
    """What stands in for the background: it notes what it is asked to measure, and whether before all else."""

    def __init__(self):
        self.asked = []

    def measure_soon(self, course, *, at_once=False):
        self.asked.append((course, at_once))

    def work_of(self, course):
        return None


@pytest.fixture
def noticed():
    return Noticed()


@pytest.fixture
def clinic(staffed, tmp_path, noticed):
    data = copied(staffed, tmp_path / "data")
    pictured(data)
    with served(data, background=noticed) as server:
        yield server


@pytest.fixture
def upload(clinic):
    """The id of a photograph that arrived and was looked at."""
    file, uid = io.BytesIO(), str(uuid4())
    Image.new("RGB", (640, 480)).save(file, "JPEG")
    (course,) = clinic.course_ids()
    receive(course=course, upload=uid, photograph=file.getvalue(), data=clinic.record, by="cleo")
    note_judgement(upload=uid, judgement=Judgement(QualityVerdict.WARN), data=clinic.record, by="cleo")
    return uid


def sent(clinic, path, **told):
    cleo = clinic.as_("cleo")
    return cleo.post(f"/api/uploads/{path}", json=told, headers={"X-Form-Token": cleo.form_token()})


def test_a_photograph_that_is_kept_is_measured_with_its_course(clinic, noticed, upload):
    assert sent(clinic, f"{upload}/keep", day="2026-03-02").status_code == 200
    assert noticed.asked == [(clinic.course_ids()[0], False)]


def test_a_photograph_that_is_put_aside_measures_nothing(clinic, noticed, upload):
    assert sent(clinic, f"{upload}/discard", reason="soft").status_code == 200
    assert noticed.asked == []


def test_a_correction_is_measured_at_once_and_so_is_taking_it_back(clinic, noticed):
    (course,), cleo = clinic.course_ids(), clinic.as_("cleo")
    assert cleo.submit(f"/courses/{course}/corrections", reason="a mole", **REGION).status_code == 303
    assert noticed.asked == [(course, True)]
    assert cleo.submit(f"/courses/{course}/corrections/1/undo", reason="none after all").status_code == 303
    assert noticed.asked == [(course, True)] * 2


def test_a_correction_that_is_refused_measures_nothing(clinic, noticed):
    (course,), cleo = clinic.course_ids(), clinic.as_("cleo")
    assert cleo.submit(f"/courses/{course}/corrections", reason="", **REGION).status_code == 422
    assert noticed.asked == []


def test_what_is_told_of_a_visit_is_measured_with_and_a_note_is_not(clinic, noticed):
    (course,), cleo = clinic.course_ids(), clinic.as_("cleo")
    assert cleo.submit(f"/courses/{course}/notes", note="calm skin").status_code == 303
    assert noticed.asked == []
    seen = str(look_at_told(label="C-0001", data=clinic.record, by="cleo").change)
    assert cleo.submit(f"/courses/{course}/visits/1", skin_state="tanned", seen=seen).status_code == 303
    assert [each for each, _ in noticed.asked] == [course]


def test_whoever_may_asks_for_it_themselves(clinic, noticed):
    (course,) = clinic.course_ids()
    assert clinic.as_("otto").submit(f"/courses/{course}/measure").status_code == 403
    assert noticed.asked == []
    assert clinic.as_("cleo").submit(f"/courses/{course}/measure").status_code == 303
    assert noticed.asked == [(course, True)]
