"""The clinician reviews a course: the spots in words and numbers, what is corrected and undone, what is signed."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from kept_records import copied
from reviewed_records import CUT, STEP, pictured
from served_records import PASSWORD, served

from pigtrack.model.correction import CorrectionKind
from pigtrack.model.pictures import MANIFEST
from pigtrack.store.record.corrections import read_corrections
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.reading import read_course
from pigtrack.tracker.record.correcting import ToldCorrection, correct
from pigtrack.tracker.record.following import follow
from pigtrack.web.routes import review

LABEL = "C-0001"


@pytest.fixture
def changing(staffed, tmp_path):
    """A server over a record of one's own, to be changed."""
    with served(copied(staffed, tmp_path / "data")) as server:
        yield server


def page_of(clinic, name="cleo", **query):
    (course,) = clinic.course_ids()
    answer = clinic.as_(name).get(f"/courses/{course}/review", params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def followed(clinic):
    return follow(label=LABEL, data=clinic.record, by="cleo")


def rows_of(text):
    """Return the numbers of the spots in the table, in its order."""
    return [int(each) for each in re.findall(r'<tr data-lesion="(\d+)">', text)]


def test_every_spot_of_the_last_session_stands_in_the_table_with_its_uncertainty(clinic):
    text, told = page_of(clinic), followed(clinic)
    last = told.series.sessions[-1].session
    lines = told.of_session(last)
    assert rows_of(text) == [each.lesion for each in lines]
    for line in lines:
        if line.area is not None:
            assert f"{line.area.value:.1f} ± {line.area.u:.1f}" in text


def test_no_change_in_percent_stands_without_its_interval(clinic):
    cells = re.findall(r'data-label="Change">([^<]*)<', page_of(clinic))
    given = [each for each in cells if each not in ("–", "new, nothing to compare with")]
    assert given
    assert all(re.fullmatch(r"[+−]?\d+\s% \([+−]?\d+ to [+−]?\d+\s%\)", each) for each in given), given


def test_spots_are_sorted_by_area_and_filtered_without_script(clinic):
    told = followed(clinic)
    last = told.of_session(told.series.sessions[-1].session)
    by_area = sorted((each for each in last if each.area), key=lambda each: -each.area.value)
    assert rows_of(page_of(clinic, sort="area"))[: len(by_area)] == [each.lesion for each in by_area]
    assert rows_of(page_of(clinic, show="changed")) == [each.lesion for each in last if each.changed]
    assert rows_of(page_of(clinic, show="pointed")) == [each.lesion for each in last if each.pointed]


def test_a_spots_own_series_is_shown_in_the_page_and_as_a_part_alone(clinic):
    (course,) = clinic.course_ids()
    spot = followed(clinic).lesions[0].lesion
    assert f"Spot {spot} through the sessions" in page_of(clinic, lesion=spot)
    part = clinic.as_("cleo").get(f"/courses/{course}/review/lesion", params={"lesion": spot})
    assert f"Spot {spot} through the sessions" in part.text
    assert "<html" not in part.text
    assert part.text.count("<tr>") == 1 + len(followed(clinic).series.sessions)


@pytest.mark.parametrize("query", [{"session": 77}, {"lesion": 4077}, {"measurement": 12}])
def test_what_the_measurement_does_not_have_is_refused_in_a_sentence(clinic, query):
    (course,) = clinic.course_ids()
    answer = clinic.as_("cleo").get(f"/courses/{course}/review", params=query)
    assert answer.status_code in (404, 409)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("query", [{"session": "two"}, {"view": "x-ray"}, {"sort": "patient"}, {"show": "all'--"}])
def test_an_address_that_was_bent_is_refused_in_a_sentence(clinic, query):
    (course,) = clinic.course_ids()
    assert clinic.as_("cleo").get(f"/courses/{course}/review", params=query).status_code == 422


def test_an_auditor_looks_and_is_offered_no_button_that_changes_anything(clinic):
    text = page_of(clinic, "otto")
    assert rows_of(text)
    assert "/corrections" not in text
    assert '/sign"' not in text
    assert 'name="password"' not in text


def test_a_correction_is_kept_with_its_reason_and_undone_with_another(changing):
    (course,) = changing.course_ids()
    told = ToldCorrection(CorrectionKind.EXCLUDE, "a <mole>", at=("100,100",))
    correct(label=LABEL, told=told, data=changing.record, by="cleo", measure=False)
    text = page_of(changing)
    assert "a &lt;mole&gt;" in text
    assert "By cleo" in text
    cleo, undo = changing.as_("cleo"), f"/courses/{course}/corrections/1/undo"
    empty = cleo.submit(undo, reason=" ")
    assert empty.status_code == 422
    assert "“reason” is empty" in empty.text
    assert cleo.submit(undo, reason="it is none").status_code == 303
    text = page_of(changing)
    assert "Taken back" in text
    assert "it is none" in text
    twice = cleo.submit(undo, reason="again")
    assert twice.status_code == 409
    assert "was withdrawn already" in twice.text


def test_a_measurement_is_signed_by_password_as_it_was_seen_and_its_signature_shown(changing):
    (course,) = changing.course_ids()
    version = followed(changing).series.version
    fields = {"meaning": "reviewed", "measurement": version.number, "rows_digest": version.rows_digest}
    cleo = changing.as_("cleo")
    wrong = cleo.submit(f"/courses/{course}/sign", password="not this one", **fields)
    assert wrong.status_code in (403, 409)
    assert "not the password" in wrong.text
    assert "not this one" not in wrong.text
    assert cleo.submit(f"/courses/{course}/sign", password=PASSWORD, **fields).status_code == 303
    assert "signed by cleo" in page_of(changing)


def test_what_was_not_looked_at_is_not_signed(changing):
    (course,) = changing.course_ids()
    version = followed(changing).series.version
    fields = {"meaning": "reviewed", "measurement": version.number, "password": PASSWORD}
    answer = changing.as_("cleo").submit(f"/courses/{course}/sign", rows_digest="0" * 64, **fields)
    assert answer.status_code == 409
    assert "Nothing was signed" in answer.text
    assert followed(changing).series.signatures == ()


def test_an_auditor_neither_corrects_nor_signs(changing):
    (course,) = changing.course_ids()
    otto = changing.as_("otto")
    for path in ("corrections", "corrections/1/undo", "sign"):
        assert otto.submit(f"/courses/{course}/{path}", reason="x", kind="exclude").status_code == 403


def test_after_the_record_was_changed_nothing_is_signed_before_it_is_measured_anew(changing):
    told = ToldCorrection(CorrectionKind.EXCLUDE, "a mole", at=("100,100",))
    correct(label=LABEL, told=told, data=changing.record, by="cleo", measure=False)
    text = page_of(changing)
    assert "Something was changed since this was measured" in text
    assert 'name="password"' not in text


def test_a_course_that_was_not_measured_says_so(drawn, tmp_path):
    from drawn_courses import lay_out
    from served_records import staff

    from pigtrack.tracker.record.importing import import_courses

    folder = lay_out(tmp_path / "new", [{"1.jpg": drawn.bytes_of(1)}], {"subject": "P-0008", **drawn.settings})
    import_courses(folders=[folder], data=tmp_path / "data", by="staff-1", measure=False)
    with served(staff(tmp_path / "data")) as server:
        text = page_of(server)
    assert "Not measured yet" in text
    assert 'name="password"' not in text


def submit(clinic, **fields):
    """Send the correction's form as the page holds it."""
    (course,) = clinic.course_ids()
    told = {"reason": "a mole", "measurement": 1, **fields}
    return clinic.as_("cleo").submit(f"/courses/{course}/corrections", **told)


def kept(clinic):
    """Return the corrections in the record as course.toml tells them, and the first photograph's label image."""
    with clinic.record.reading() as connection:
        course = need_course(connection, LABEL)
        recorded = read_course(clinic.record, connection, course)
        told = [each.told for each in read_corrections(connection, course)]
    return told, recorded.labels(recorded.photos[0]["photo"])


def test_spots_that_are_ticked_are_named_by_a_pixel_of_theirs_in_the_photograph(changing):
    pictures = pictured(changing.record)
    first, second = list(pictures.sessions[0].outlines)[:2]
    assert submit(changing, kind="exclude", lesion=[first, second]).status_code == 303
    told, labels = kept(changing)
    assert [labels[round(y), round(x)] for x, y in (each["at"] for each in told)] == [first, second]
    assert {(each["kind"], each["reason"], each["by"]) for each in told} == {("exclude", "a mole", "cleo")}


def test_points_on_the_picture_are_kept_in_the_photographs_pixels(changing):
    pictured(changing.record)
    assert submit(changing, kind="region", points="10,20 200,20 200,150.5 10,150").status_code == 303
    ((told,), _) = kept(changing)
    corners = [(10, 20), (200, 20), (200, 150.5), (10, 150)]
    wanted = [[pytest.approx(x * STEP + CUT, abs=0.06), pytest.approx(y * STEP + CUT, abs=0.06)] for x, y in corners]
    assert told["outline"] == wanted


def test_two_points_are_a_line_along_which_a_spot_is_split(changing):
    pictures = pictured(changing.record)
    lesion = next(iter(pictures.sessions[0].outlines))
    assert submit(changing, kind="split", spots=lesion, points="10,20 200,20").status_code == 303
    ((told,), _) = kept(changing)
    assert told["line"] == [[22.5, 35], [260, 35]]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "exclude"}, "needs spots, or an outline"),
        ({"kind": "merge", "spots": "1"}, "select 2 spots or more"),
        ({"kind": "split", "spots": "1"}, "needs a line of two points"),
        ({"kind": "outline", "points": "1,1 2,2"}, "three points or more"),
        ({"kind": "region", "spots": "1", "points": "1,1 9,1 9,9"}, "takes no spot"),
        ({"kind": "exclude", "spots": "1", "reason": " "}, "“reason” is empty"),
        ({"kind": "exclude", "spots": "one"}, "not numbers"),
        ({"kind": "region", "points": "1,1 nan,4 5,5"}, "lies nowhere"),
        ({"kind": "region", "points": "../etc/passwd"}, "can’t be read"),
        ({"kind": "bless", "spots": "1"}, "none of the choices"),
        ({"kind": "exclude", "spots": "999"}, "No session outlines spot 999"),
        ({"kind": "exclude", "spots": "1", "measurement": 7}, "Nothing was corrected"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence_and_nothing_is_kept(refusing, fields, said):
    answer = submit(refusing, **fields)
    assert answer.status_code in (409, 422)
    assert said.replace("’", "&#39;") in answer.text or said in answer.text.replace("&#39;", "’")
    assert kept(refusing)[0] == []
    typed = fields.get("points", "")
    assert typed in answer.text


@pytest.fixture(scope="module")
def refusing(staffed, tmp_path_factory):
    """A server over a record with pictures, in which nothing comes to be kept."""
    with served(copied(staffed, tmp_path_factory.mktemp("refusing") / "data")) as server:
        pictured(server.record)
        yield server


@pytest.mark.parametrize("why", ["", "a mole"])
def test_spots_that_were_ticked_before_it_was_measured_anew_are_not_taken_for_others_of_that_number(refusing, why):
    """With another slip in the form, too: its page must not pass them on to the newer measurement."""
    answer = submit(refusing, kind="exclude", lesion="1", reason=why, measurement=7)
    assert answer.status_code in (409, 422)
    assert f'value="{why}"' in answer.text
    assert not re.search(r'name="lesion" value="1"[^>]* checked', answer.text)
    assert "Begin with what stands now" in answer.text
    assert "Correct and measure anew" not in answer.text
    slip = submit(refusing, kind="exclude", lesion="1", reason="")
    assert re.search(r'name="lesion" value="1"[^>]* checked', slip.text)
    assert "Correct and measure anew" in slip.text


def test_after_a_slip_nobody_signs_another_measurement_than_they_looked_at(changing):
    (course,) = changing.course_ids()
    fields = {"meaning": "reviewed", "measurement": 7, "password": "not this one", "rows_digest": "0" * 64}
    answer = changing.as_("cleo").submit(f"/courses/{course}/sign", **fields)
    assert "Look at what stands now" in answer.text
    assert "Sign measurement" not in answer.text


def test_who_signs_with_wrong_passwords_is_held_up_and_told_for_how_long(changing):
    (course,), version = changing.course_ids(), followed(changing).series.version
    fields = {"meaning": "reviewed", "measurement": version.number, "rows_digest": version.rows_digest}
    cleo = changing.as_("cleo")
    told = [cleo.submit(f"/courses/{course}/sign", password="not this one", **fields) for _ in range(6)]
    assert [each.status_code for each in told] == [403] * 5 + [429]
    assert int(told[-1].headers["retry-after"]) > 0
    assert "Wait a quarter of an hour" in told[-1].text


def test_without_pictures_no_spot_is_guessed(changing):
    answer = submit(changing, kind="exclude", spots="1")
    assert answer.status_code == 409
    assert "not drawn yet" in answer.text
    assert kept(changing)[0] == []


def test_both_sessions_and_every_outline_are_on_the_page_without_script(refusing):
    text, pictures = page_of(refusing), kept_pictures(refusing)
    for session in (1, pictures.sessions[-1].session):
        assert f"/pictures/aligned/{session}.jpg" in text
    for session in (pictures.sessions[0], pictures.sessions[-1]):
        for lesion in session.outlines:
            assert f'data-lesion="{lesion}"' in text
    assert text.count("<img") == 2 + len(pictures.sessions)
    assert "style=" not in text
    found = re.findall(r'<img src="([^"]+)"', text)
    assert all(refusing.as_("cleo").get(each).headers["content-type"] == "image/jpeg" for each in found)


def drawn_on(text):
    """Return each picture's session, its file, and the points drawn on it by spot, as the page has them."""
    for figure in text.split('<figure class="pane')[1:]:
        session, picture = re.search(r'data-session="(\d+)".*?<img src="[^"]*/pictures/([^"]+)"', figure, re.S).groups()
        paths = re.findall(r'<path d="([^"]+)" data-lesion="(\d+)"', figure)
        yield int(session), picture, {int(lesion): re.findall(r"[\d.]+", path) for path, lesion in paths}


@pytest.mark.parametrize(("view", "folder"), [("photo", "aligned"), ("melanin", "melanin"), ("redness", "redness")])
def test_each_picture_is_the_one_asked_for_under_the_outlines_of_its_own_session(refusing, view, folder):
    first, *_, last = kept_pictures(refusing).sessions
    assert first.outlines != last.outlines
    found = list(drawn_on(page_of(refusing, view=view)))
    assert [(session, picture) for session, picture, _ in found] == [
        (each.session, f"{folder}/{each.session}.jpg") for each in (first, last)
    ]
    for each, (_, _, drawn) in zip((first, last), found, strict=True):
        assert drawn.keys() == each.outlines.keys()
        for lesion, rings in each.outlines.items():
            wanted = [value for ring in rings for point in ring for value in point]
            assert [float(value) for value in drawn[lesion]] == pytest.approx(wanted, abs=0.06)


@pytest.mark.parametrize("name", [MANIFEST, "patient/en/page.json", "../" + MANIFEST, "aligned/../" + MANIFEST])
def test_what_is_kept_beside_the_pictures_is_none(refusing, name):
    (course,) = refusing.course_ids()
    assert kept_pictures(refusing) is not None  # so there is a manifest
    assert refusing.as_("cleo").get(f"/courses/{course}/pictures/{quote(name, safe='')}").status_code == 404


def test_pictures_of_another_measurement_than_the_numbers_are_not_shown_beside_them(refusing, monkeypatch):
    """Somebody has it measured anew just between the two being read."""
    later = replace(kept_pictures(refusing), measurement=2)
    monkeypatch.setattr(review, "pictures_of", lambda **_: later)
    text = page_of(refusing)
    assert '<figure class="pane' not in text
    assert rows_of(text)


def kept_pictures(clinic):
    from pigtrack.tracker.record.picturing import pictures_of

    (course,) = clinic.course_ids()
    return pictures_of(data=clinic.record, by="cleo", course=course)
