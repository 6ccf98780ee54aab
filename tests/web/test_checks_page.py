"""An auditor has the record checked from the page; what was tampered with is named, and nothing is silently green."""

import time

import pytest
from kept_records import by_hand, copied
from served_records import served

WAIT_S = 60


@pytest.fixture
def data(staffed, tmp_path):
    return copied(staffed, tmp_path / "data")


def came(person):
    end = time.monotonic() + WAIT_S
    while "You can go on meanwhile" in (page := person.get("/checks").text):
        assert time.monotonic() < end, page
        time.sleep(0.2)
    return page


def test_a_tampered_record_is_found_from_the_page_and_the_next_server_still_tells(data):
    with served(data) as server:
        otto = server.as_("otto")
        assert "was not checked from here yet" in otto.get("/checks").text
        assert otto.submit("/checks", page="/checks").headers["location"] == "/checks"
        sound = came(otto)
        assert "Nothing was changed" in sound
        assert "Numbers were not measured again" in sound
    by_hand(data, "update sessions set day = '2020-01-01' where number = 2")
    with served(data) as server:
        otto = server.as_("otto")
        assert "Nothing was changed" in otto.get("/checks").text  # of the check before, with its time
        otto.submit("/checks", page="/checks")
        page = came(otto)
        assert "not what was written" in page
        assert "changed by another hand" in page
        assert "Nothing was changed" not in page


def test_a_digest_that_is_none_is_told_and_one_that_is_missing_is_found(data):
    with served(data) as server:
        otto = server.as_("otto")
        answer = otto.submit("/checks", page="/checks", head="abc")
        assert answer.status_code == 422
        assert 'value="abc"' in answer.text
        otto.submit("/checks", page="/checks", head="0" * 63 + "1")
        assert "No entry has the digest" in came(otto)
