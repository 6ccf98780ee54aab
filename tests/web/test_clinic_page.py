"""The clinic over time and courses side by side: counted beside the server, told with intervals, never with names."""

import time

import pytest
from kept_records import copied
from served_records import served
from sqlalchemy import select

from pigtrack.store.record.tables import trail

WAIT_S = 90


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("watched") / "data")) as server:
        yield server


def came(person, address):
    end = time.monotonic() + WAIT_S
    while "You can go on meanwhile" in (page := person.get(address).text):
        assert time.monotonic() < end, page
        time.sleep(0.2)
    return page


def looks(clinic):
    """Return who looked at all courses at once, as the trail tells it, and what for."""
    with clinic.record.reading() as connection:
        wanted = select(trail.c.actor, trail.c.body).where(trail.c.entity == "overview", trail.c.action == "view")
        return [(each.actor, each.body) for each in connection.execute(wanted)]


def test_the_clinic_is_counted_and_few_values_get_no_interval(clinic):
    otto = clinic.as_("otto")
    assert "Nothing was counted yet" in otto.get("/clinic").text
    assert "/clinic/people" not in otto.get("/clinic").text
    assert "/clinic/people" in clinic.as_("olga").get("/clinic").text
    otto.submit("/clinic/checks", page="/clinic")
    page = came(otto, "/clinic")
    assert [who for who, told in looks(clinic) if '"over_time":true' in told] == ["otto"]
    assert "over 1 course." in page
    assert "too few for an interval" in page
    assert page.count("<svg") >= 2
    assert "P-0007" not in page


def test_without_consent_to_research_nobody_is_compared_and_it_is_said(clinic):
    otto = clinic.as_("otto")
    assert otto.get("/clinic/cohort/chart.svg").status_code == 404
    otto.submit("/clinic/cohort/checks", page="/clinic/cohort", factor="product", endpoint="load", mode="spots")
    page = came(otto, "/clinic/cohort")
    assert [who for who, told in looks(clinic) if '"cohort_by":"product"' in told] == ["otto"]
    assert "No course can take part" in page
    assert "Ask for consents" in page
    answer = otto.submit("/clinic/cohort/checks", page="/clinic/cohort", factor="nationality")
    assert answer.status_code == 422
