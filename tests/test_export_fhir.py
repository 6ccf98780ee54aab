"""The record in FHIR: valid in both releases, true to the tables, and nothing in it that was not told or measured."""

import json
from dataclasses import replace

import pytest
from record_stories import erased, with_exclusion

from pigtrack.errors import ExportError
from pigtrack.export.fhir import Release, bundle
from pigtrack.export.fhir import validating as validation
from pigtrack.export.fhir.coding import DAYS, INTERVAL, METRICS, UNCERTAINTY
from pigtrack.model.record import Consent, Purpose

fhir = pytest.importorskip("fhir.resources", reason="fhir.resources is not installed: FHIR is not tested")

BOTH = pytest.mark.parametrize("release", list(Release))


def resources(told, kind=None):
    found = [entry["resource"] for entry in told["entry"]]
    return [each for each in found if kind is None or each["resourceType"] == kind]


def of_code(told, code):
    return [
        each
        for each in resources(told, "Observation")
        if each["code"].get("coding", [{}])[0] == {"system": METRICS, "code": code}
    ]


def component(observation, name):
    (found,) = [each for each in observation["component"] if each["code"]["coding"][0]["code"] == name]
    return found


def extension(element, url):
    return next((each for each in element.get("extension", ()) if each["url"] == url), None)


def lesion_of(told, session, lesion):
    found = of_code(told, "lesion-measurement")
    rows = sorted({extension(each, DAYS)["valueInteger"] for each in found})
    structure = next(
        each for each in resources(told, "BodyStructure") if each["description"].startswith(f"Lesion {lesion} ")
    )
    reference = f"urn:uuid:{structure['id']}"
    (one,) = [
        each
        for each in found
        if extension(each, DAYS)["valueInteger"] == rows[session - 1]
        and reference in json.dumps([each.get("bodyStructure"), each.get("focus")])
    ]
    return one


@pytest.fixture(scope="module", params=list(Release))
def told(request, sample):
    return bundle([sample], release=request.param)


def test_the_bundle_as_a_whole_is_valid_in_its_release(told, sample):
    for release in Release:
        made = bundle([sample], release=release)
        model = validation.require_fhir(release).get_fhir_model_class("Bundle").model_validate(made)
        assert len(model.entry) == len(made["entry"])


def test_every_lesion_and_session_of_the_tables_is_there_once(told, sample):
    assert len(of_code(told, "lesion-measurement")) == len(sample.lesions)
    assert len(of_code(told, "session-totals")) == len(sample.sessions)
    assert len(resources(told, "BodyStructure")) == len({row["lesion_id"] for row in sample.lesions})


def test_most_lesions_are_measured_so_that_the_next_story_means_something(sample):
    assert sum(bool(row["delta_e00"]) for row in sample.lesions) > len(sample.lesions) * 0.8


def test_every_number_is_the_tables_own_with_its_unit_and_doubt(told, sample):
    for row in sample.lesions:
        observation = lesion_of(told, int(row["session"]), row["lesion_id"])
        for name, unit in (("area_mm2", "mm2"), ("delta_mi", "{MI}"), ("delta_e00", "{DeltaE00}")):
            if not row[name]:
                assert "dataAbsentReason" in component(observation, name)
                continue
            value = component(observation, name)["valueQuantity"]
            assert (value["value"], value["code"]) == (float(row[name]), unit)
            assert extension(value, UNCERTAINTY)["valueDecimal"] == float(row[f"{name}_u"])
        assert component(observation, "delta_ita")["valueQuantity"]["code"] == "deg"


def test_a_change_has_its_interval_verdict_and_smallest_detectable_change_and_the_baseline_has_none(told, sample):
    row = next(row for row in sample.lesions if (row["session"], row["lesion_id"]) == ("3", "1"))
    change = component(lesion_of(told, 3, 1), "load_change_percent")
    ends = extension(change, INTERVAL)["valueRange"]
    assert (ends["low"]["value"], ends["high"]["value"]) == (
        float(row["load_change_ci_low"]),
        float(row["load_change_ci_high"]),
    )
    assert change["interpretation"][0]["coding"][0]["code"] == row["load_verdict"]
    assert row["load_detectable_percent"] in change["referenceRange"][0]["text"]
    names = [each["code"]["coding"][0]["code"] for each in lesion_of(told, 1, 1)["component"]]
    assert not [name for name in names if name.endswith("_change_percent")]


@BOTH
def test_what_could_not_be_measured_says_so_with_the_reason_and_has_no_number(sample, release):
    blind = tuple({**row, "area_mm2": "", "area_mm2_u": "", "flags": "glare"} for row in sample.lesions)
    one = lesion_of(bundle([replace(sample, lesions=blind)], release=release), 2, 1)
    area = component(one, "area_mm2")
    assert "valueQuantity" not in area
    assert area["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "Shiny reflections" in area["dataAbsentReason"]["text"]


@BOTH
def test_every_reference_leads_to_a_resource_of_the_bundle(sample, release):
    told = bundle([sample], release=release)
    known = {entry["fullUrl"] for entry in told["entry"]}
    named = {each.split('"')[0] for each in json.dumps(told).split('"reference": "')[1:]}
    assert named
    assert named <= known
    assert len(known) == len(told["entry"])


@BOTH
def test_days_instead_of_dates_leave_no_date_note_or_file_name(sample, release):
    dated, undated = (json.dumps(bundle([sample], release=release, offsets=offsets)) for offsets in (False, True))
    for secret in ("2026-0", "2026-1", "going to sea"):
        assert secret in dated
        assert secret not in undated
    assert "anna" not in dated + undated
    days = {extension(each, DAYS)["valueInteger"] for each in of_code(json.loads(undated), "session-totals")}
    assert days == {0, 14, 28}


def test_a_treatment_and_an_adverse_event_are_told_as_they_were(told):
    (bruise,) = resources(told, "AdverseEvent")
    words = json.dumps(bruise)
    for what in ("bruise", "mild", "resolved", "2026-01-26", "2026-01-29"):
        assert what in words
    assert extension(bruise, DAYS)["valueInteger"] == 15
    first, second = resources(told, "Procedure")
    assert first["code"]["text"] == second["code"]["text"] == "manual injection"
    for what in ("F-RADIANCE", "2 ml", "lot L-77", "arbutin", "inner elbow", "going to sea", "staff-2"):
        assert what in json.dumps(first)


def test_codes_of_others_stand_only_where_the_words_are_theirs(sample):
    told = bundle([sample], release="R5")
    (condition,) = resources(told, "Condition")
    assert condition["code"] == {
        "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "L81.4"}],
        "text": "solar lentigo",
    }
    other = replace(sample, course=replace(sample.course, diagnosis="freckles, perhaps", skin_type="II-III"))
    text = json.dumps(bundle([other], release="R5"))
    assert "icd-10" not in text
    assert "snomed" not in text


def test_an_unsigned_measurement_is_preliminary(sample):
    for signed, status in ((sample.sign_offs, "final"), ((), "preliminary")):
        told = bundle([replace(sample, sign_offs=signed)])
        assert {each["status"] for each in of_code(told, "lesion-measurement")} == {status}
        signing = [each for each in resources(told, "Provenance") if each["activity"]["text"].startswith("signed")]
        assert len(signing) == len(signed)


@BOTH
def test_a_later_consent_stands_in_place_of_an_earlier_one(sample, release):
    yes, no = Consent(Purpose.RESEARCH, given=True), Consent(Purpose.RESEARCH, given=False)
    first, later = resources(bundle([replace(sample, consents=(yes, no))], release=release), "Consent")
    assert (first["status"], later["status"]) == ("inactive", "active")
    assert "deny" in json.dumps(later)


@BOTH
def test_a_lesion_left_out_by_hand_says_so_with_the_reason(sample, release):
    told = with_exclusion(sample, 3, "a mole, seen in March")
    for offsets in (False, True):
        text = json.dumps(lesion_of(bundle([told], release=release, offsets=offsets), 2, 3))
        assert "Left out by hand, in no total." in text
        assert ("March" in text) is not offsets


@BOTH
def test_an_erased_course_still_has_its_lesions_numbers_and_no_day_site_or_pseudonym(sample, release):
    told = bundle([erased(sample)], release=release)
    text = json.dumps(told)
    assert len(of_code(told, "lesion-measurement")) == len(sample.lesions)
    for secret in ("P-0007", "cheek", "2026-01", "lentigo", "F-RADIANCE"):
        assert secret not in text


def test_two_courses_of_one_subject_share_the_subject(sample):
    told = bundle([sample, replace(sample, uid="11111111-2222-5333-8444-555555555555")])
    assert len(resources(told, "Patient")) == 1
    assert len(of_code(told, "session-totals")) == 2 * len(sample.sessions)


def test_the_same_record_gives_the_same_bundle(sample):
    first, again = (json.dumps(bundle([sample], release="R4B")) for _ in range(2))
    assert first == again


def test_what_a_release_can_not_say_is_refused_with_a_sentence(sample):
    nameless = replace(sample, photographs=(replace(sample.photographs[0], media_type="image/jpeg  bad"),))
    with pytest.raises(ExportError, match="Media can't be said in FHIR R4B"):
        bundle([nameless], release="R4B")


def test_without_the_extra_it_says_what_to_install(sample, monkeypatch):
    monkeypatch.setitem(validation._PACKAGES, Release.R5, "no_such_package_of_fhir")
    with pytest.raises(ExportError, match=r"pip install 'pigtrack\[fhir\]'"):
        bundle([sample], release="R5")


def test_there_is_no_other_release(sample):
    with pytest.raises(ValueError, match="R6"):
        bundle([sample], release="R6")
