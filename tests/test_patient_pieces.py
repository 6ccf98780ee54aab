"""The patient's page in pieces says what the page itself says."""

import json

import pytest
from composed_results import result, spots
from imaging.simulated_course import course
from pydantic import TypeAdapter

from pigtrack.model.patient_page import PatientPage
from pigtrack.report import ReportPictures
from pigtrack.report.patient import patient_pieces
from pigtrack.report.patient.view import compose_patient_page
from pigtrack.store.catalogues import list_languages, load_catalogue

PICTURES = ReportPictures(plain_before=b"\xff\xd8a", plain_after=b"\xff\xd8b", patient_chart=b"<svg/>")


def pieces_of(measured, language="en"):
    return patient_pieces(measured, PICTURES, catalogue=load_catalogue(language), version="0.1.0")


@pytest.mark.parametrize("language", list_languages())
def test_the_pieces_hold_every_sentence_of_the_page_and_name_its_pictures(language):
    measured = result(spots(), spots(contrast=0.6), which=course(2))
    pieces = pieces_of(measured, language)
    told = TypeAdapter(PatientPage).validate_json(pieces["page.json"])
    page = compose_patient_page(measured, PICTURES, catalogue=load_catalogue(language), version="0.1.0")
    assert (told.headline, told.findings, told.visits) == (page.headline, page.findings, page.visits)
    assert (told.next_visit, told.aftercare, told.watch_for) == (page.next_visit, page.aftercare, page.watch_for)
    assert [(each.source, each.session) for each in told.photos] == [("before.jpg", 1), ("after.jpg", 2)]
    assert (pieces["before.jpg"], pieces["after.jpg"], pieces["chart.svg"]) == (b"\xff\xd8a", b"\xff\xd8b", b"<svg/>")


def test_a_course_of_one_visit_has_one_picture_and_no_chart():
    pieces = pieces_of(result(spots(), which=course(1)))
    assert sorted(pieces) == ["before.jpg", "page.json"]
    assert json.loads(pieces["page.json"])["photos"][0]["names"] == list(course(1).sessions[0].photos)


def test_the_same_course_gives_the_same_bytes():
    measured = result(spots(), spots(contrast=0.6), which=course(2))
    assert pieces_of(measured) == pieces_of(measured)
