"""A clinician shares a patient's page; the patient opens it with a code, and sees their own page and nothing else."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from composed_results import Page
from kept_records import copied
from served_records import served
from shared_pages import add_newer_measurement, keep_page, page_as_file
from sqlalchemy import select

from pigtrack.model.record import Actor, Consent, Purpose
from pigtrack.model.trail import as_moment
from pigtrack.store.catalogues import list_languages, load_avoided, load_catalogue
from pigtrack.store.record import passwords
from pigtrack.store.record.checking.whole import check_record
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.links import add_link, hash_code
from pigtrack.store.record.subjects import add_consent, need_subject
from pigtrack.store.record.tables import courses, web_sessions
from pigtrack.store.record.trail import read_entries
from pigtrack.tracker.background import Background
from pigtrack.tracker.record import opening_link, sharing, signing_in
from pigtrack.web.rates import Rate

SPACE = re.compile(r"\s+")


@pytest.fixture(scope="module", autouse=True)
def _quick_codes():
    """Hash as `passwords` does, with less work: what it costs to guess is for its own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="module")
def shared(staffed, tmp_path_factory):
    """A server over a copy of the staffed record, whose course has a page to be shown; each test makes its own link."""
    with served(copied(staffed, tmp_path_factory.mktemp("shared") / "data")) as server:
        keep_page(server.record)
        server.app.state.rates.codes = Rate(most=10_000, within_s=1)  # all tests come from one address
        yield server


@pytest.fixture
def alone(staffed, tmp_path):
    """The same for one test, which changes more than its own link."""
    with served(copied(staffed, tmp_path / "data")) as server:
        keep_page(server.record)
        yield server


def new_link(server, name="cleo", **fields):
    """Make a link as a clinician does; return the token and the code as the page tells them."""
    course = server.course_ids()[0]
    told = server.as_(name).submit(f"/courses/{course}/share", **{"days": "90", "language": "en", **fields})
    assert told.status_code == 200, told.text
    token = re.search(r"/link/([\w-]{43})", told.text)[1]
    return token, re.search(r'class="code">([\d ]+)<', told.text)[1]


def open_it(server, token, code, language="en"):
    """Open a link as a phone does; return the phone and the answer to its code."""
    phone = server.as_(None)
    answer = phone.post(f"/link/{token}?language={language}", data={"code": code})
    return phone, answer


def beside(phone):
    """Return where the pictures of a patient's page lie."""
    return "/link/" + re.search(r'<img src="(pictures/[^"]+)/chart.svg"', phone.get("/link/page").text)[1]


def actions(server):
    with server.record.reading() as connection:
        return [(each["action"], each["entity"], each["actor"]) for each in read_entries(connection)]


def wind(server, monkeypatch, **later):
    """Have all clocks of a server tell a later time."""
    at = as_moment(datetime.now(UTC) + timedelta(**later))
    for module in (opening_link, sharing, signing_in):
        monkeypatch.setattr(module, "now", lambda: at)
    monkeypatch.setattr(server.record, "_clock", lambda: at)


def text_of(html):
    return SPACE.sub(" ", Page(html).text)


def test_a_patient_types_the_code_and_sees_their_page_and_the_trail_tells_of_it(shared):
    token, code = new_link(shared)
    phone, answer = open_it(shared, token, code)
    assert (answer.status_code, answer.headers["location"]) == (303, "/link/page?language=en")
    page = phone.get("/link/page").text
    assert "What the photographs show" in page
    assert token not in page
    assert "P-0007" not in page
    for address in re.findall(r'<img src="([^"]+)"', page):
        assert phone.get(f"/link/{address}").status_code == 200
    assert ("open", "patient_links", "patient by link") in actions(shared)
    assert ("view", "patient page", "patient by link") in actions(shared)


@pytest.mark.parametrize("language", list_languages())
def test_the_page_by_link_says_what_the_page_as_a_file_says(shared, language):
    phone, _ = open_it(shared, *new_link(shared))
    by_link = text_of(phone.get(f"/link/page?language={language}").text)
    as_file = text_of(re.sub(r"(?s)<(script|style)>.*?</\1>", "", page_as_file(shared.record, language)))
    body = as_file[as_file.index(load_catalogue(language).say("patient.result.title")) :]
    for sentence in re.split(r"(?<=[.:!?]) ", body.strip()):
        assert sentence in by_link


@pytest.mark.parametrize("language", list_languages())
def test_no_page_that_a_patient_sees_is_loud(shared, language):
    token, code = new_link(shared)
    phone, _ = open_it(shared, token, code)
    ways = ("/link/page", f"/link/{token}", "/link", "/link/leave")
    told = [phone.get(f"{way}?language={language}") for way in ways]
    told.append(open_it(shared, token, "0", language)[1])
    for answer in told:
        text = text_of(answer.text)
        assert f'<html lang="{language}">' in answer.text
        assert [words.findall(text) for words in load_avoided(language).values() if words.search(text)] == []


def test_what_the_clinician_sees_before_sharing_is_what_the_patient_sees_byte_by_byte(shared):
    course, cleo = shared.course_ids()[0], shared.as_("cleo")
    asked = cleo.get(f"/courses/{course}/share/new?days=90&language=de&left_out=1").text
    frame = re.search(r'<iframe[^>]* src="([^"]+)"', asked)[1]
    phone, _ = open_it(shared, *new_link(shared, language="de", left_out="1"))
    before, after = cleo.get(frame), phone.get("/link/page?language=de")
    assert before.content == after.content
    for address in re.findall(r'<img src="([^"]+)"', after.text):
        preview = f"{frame.rsplit('/', 1)[0]}/{address}"
        assert cleo.get(preview).content == phone.get(f"/link/{address}").content


def test_a_photograph_that_is_left_out_is_neither_on_the_page_nor_behind_it(shared):
    whole, _ = open_it(shared, *new_link(shared))
    less, _ = open_it(shared, *new_link(shared, left_out="1"))
    none, _ = open_it(shared, *new_link(shared, no_photographs="1"))
    assert [each.get("/link/page").text.count("<figure>") for each in (whole, less, none)] == [2, 1, 0]
    place = beside(whole)
    assert whole.get(f"{place}/before.jpg").headers["content-type"] == "image/jpeg"
    for phone, name in ((less, "before.jpg"), (none, "before.jpg"), (none, "after.jpg")):
        assert phone.get(f"{place}/{name}").status_code == 404
    assert less.get(f"{place}/after.jpg").status_code == 200


@pytest.mark.parametrize(
    "name", ["page.json", "..%2f..%2f..%2frecord.sqlite", "..%2fde%2fchart.svg", "chart.svg%00", "x"]
)
def test_a_link_gives_no_file_but_the_pictures_on_its_page(shared, name):
    phone, _ = open_it(shared, *new_link(shared))
    assert phone.get(f"{beside(phone)}/{name}").status_code == 404


def test_a_patient_is_told_of_a_fault_in_their_language_and_by_nothing_of_the_clinics(shared):
    phone, _ = open_it(shared, *new_link(shared))
    answer = phone.get("/link/pictures/x/en/chart.svg", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert answer.status_code == 422
    assert "Das hat nicht geklappt." in answer.text
    assert 'href="/"' not in answer.text


def test_a_link_gives_no_picture_of_another_measurement(shared):
    phone, _ = open_it(shared, *new_link(shared))
    other = f"/link/pictures/{uuid4()}/en/chart.svg"
    assert phone.get(other).status_code == 404
    assert phone.get(f"{beside(phone)}/chart.svg".replace("/en/", "/xx/")).status_code == 404


def test_who_has_a_link_sees_nothing_of_the_clinic(shared):
    course = shared.course_ids()[0]
    phone, _ = open_it(shared, *new_link(shared))
    for path in ("/", f"/courses/{course}", f"/courses/{course}/share", f"/courses/{course}/share/preview/all/page"):
        answer = phone.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_a_wrong_code_and_a_link_that_never_was_are_refused_in_the_same_words(shared):
    token, _ = new_link(shared)
    answers = [open_it(shared, each, "00000000")[1] for each in (token, "A" * 43)]
    assert {each.status_code for each in answers} == {403}
    assert len({each.text.replace(token, "").replace("A" * 43, "") for each in answers}) == 1
    assert shared.as_(None).get(f"/link/{token}").text.replace(token, "") == (
        shared.as_(None).get(f"/link/{'A' * 43}").text.replace("A" * 43, "")
    )


def test_after_five_wrong_codes_even_the_right_one_must_wait_and_a_restart_forgets_nothing(shared, monkeypatch):
    token, code = new_link(shared)
    refused = ("refuse", "patient_links", "patient by link")
    before = actions(shared).count(refused)
    for _ in range(opening_link.TRIES):
        assert open_it(shared, token, "00000000")[1].status_code == 403
    assert open_it(shared, token, code)[1].status_code == 429
    assert actions(shared).count(refused) == before + opening_link.TRIES
    wind(shared, monkeypatch, minutes=16)
    assert opening_link.open_link(record=shared.record, token=token, code=code).session is not None


def test_after_twenty_wrong_codes_the_link_is_dead(shared, monkeypatch):
    monkeypatch.setattr(opening_link, "WAIT", timedelta(0))
    monkeypatch.setattr(opening_link, "fits_code", lambda typed, link: typed == "1")
    token, _ = new_link(shared)
    tried = [opening_link.open_link(record=shared.record, token=token, code="0") for _ in range(20)]
    assert {each.refusal for each in tried} == {opening_link.Refusal.CODE}
    assert opening_link.open_link(record=shared.record, token=token, code="1").refusal is opening_link.Refusal.CLOSED
    assert ("withdraw", "patient_links", "patient by link") in actions(shared)


def test_of_many_who_try_at_once_only_the_first_few_are_answered(shared):
    """Whoever asks for all codes at the same moment must not get past the count."""
    token, _ = new_link(shared)
    with shared.record.reading() as connection:
        link = opening_link.find_link(connection, token)
    answers = []
    for number in range(7):
        with shared.record.writing(opening_link.PATIENT) as unit:
            answers.append(opening_link._tried(unit, link.id, fits=number == 6))
    assert [each.refusal for each in answers[-2:]] == [opening_link.Refusal.WAIT] * 2


def test_the_code_is_read_as_it_is_told_with_spaces_or_dashes(shared):
    token, code = new_link(shared)
    assert open_it(shared, token, code.replace(" ", " - "))[1].status_code == 303
    assert open_it(shared, token, code.replace(" ", ""))[1].status_code == 303


def test_a_link_ends_by_itself_and_says_when_to_who_knows_the_code_only(shared, monkeypatch):
    token, code = new_link(shared, days="3")
    phone, _ = open_it(shared, token, code)
    assert phone.get("/link/page").status_code == 200
    wind(shared, monkeypatch, days=3, minutes=1)
    assert phone.get("/link/page").headers["location"] == "/link"
    wrong, right = (open_it(shared, token, each)[1] for each in ("00000000", code))
    assert (wrong.status_code, right.status_code) == (403, 410)
    assert "ended on" in right.text
    assert "ended on" not in wrong.text


def test_no_script_reads_a_patient_s_cookie_and_with_tls_it_never_goes_without(shared, staffed, tmp_path):
    said = open_it(shared, *new_link(shared))[1].headers["set-cookie"]
    assert said.startswith("pigtrack-link=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(said.split("; "))
    with served(copied(staffed, tmp_path / "data"), secure=True) as server:
        keep_page(server.record)
        with server.record.writing(Actor("cleo")) as unit:
            course = unit.connection.execute(select(courses)).mappings().one()
            expires = as_moment(datetime.now(UTC) + timedelta(days=1))
            add_link(unit, course, token="t" * 43, code=hash_code("12345678"), expires=expires)
        said = open_it(server, "t" * 43, "12345678")[1].headers["set-cookie"]
        assert said.startswith("__Host-pigtrack-link=")
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(said.split("; "))


def test_a_link_is_not_withdrawn_from_another_course_s_page(alone):
    token, code = new_link(alone)
    cleo, course = alone.as_("cleo"), alone.course_ids()[0]
    way = re.search(r'action="(/courses/[^"]+/withdraw)"', cleo.get(f"/courses/{course}/share").text)[1]
    assert cleo.submit(way.replace(course, str(uuid4()))).status_code == 404
    _, answer = open_it(alone, token, code)
    assert answer.status_code == 303


def test_a_withdrawn_link_is_shut_at_once_for_who_looks_just_now(alone):
    token, code = new_link(alone)
    phone, _ = open_it(alone, token, code)
    course, cleo, place = alone.course_ids()[0], alone.as_("cleo"), beside(phone)
    way = re.search(r'action="(/courses/[^"]+/withdraw)"', cleo.get(f"/courses/{course}/share").text)[1]
    assert cleo.submit(way).status_code == 303
    assert phone.get("/link/page").headers["location"] == "/link"
    assert phone.get(f"{place}/after.jpg").status_code == 303
    answer = open_it(alone, token, code)[1]
    assert answer.status_code == 410
    assert "This link is closed." in answer.text
    assert "withdrawn" in cleo.get(f"/courses/{course}/share").text


def test_who_no_longer_agrees_to_care_is_not_shared_any_more(alone):
    token, code = new_link(alone)
    phone, _ = open_it(alone, token, code)
    with alone.record.writing(Actor("cleo")) as unit:
        link = opening_link.find_link(unit.connection, token)
        add_consent(unit, link.subject, Consent(Purpose.CARE, given=False))
    assert phone.get("/link/page").status_code == 410
    assert open_it(alone, token, code)[1].status_code == 410
    course, cleo = alone.course_ids()[0], alone.as_("cleo")
    assert "withdrew their consent" in cleo.get(f"/courses/{course}/share").text
    refused = cleo.submit(f"/courses/{course}/share", days="9", language="en")
    assert refused.status_code == 409
    assert "withdrew their consent" in refused.text


def test_a_link_of_somebody_who_was_erased_opens_nothing(alone):
    token, code = new_link(alone)
    phone, _ = open_it(alone, token, code)
    with alone.record.writing(Actor("olga")) as unit:
        erase_subject(unit, need_subject(unit.connection, "P-0007"), reason="demanded")
    assert phone.get("/link/page").headers["location"] == "/link"
    assert open_it(alone, token, code)[1].status_code == 403
    with alone.record.reading() as connection:
        assert connection.execute(select(web_sessions).where(web_sessions.c.link_id.is_not(None))).first() is None


def test_an_auditor_sees_how_a_page_is_shared_and_shares_none(shared):
    new_link(shared)
    course, otto = shared.course_ids()[0], shared.as_("otto")
    page = otto.get(f"/courses/{course}/share").text
    assert "by cleo" in page
    assert "See what the patient will see" not in page
    assert otto.get(f"/courses/{course}/share/new?days=9&language=en").status_code == 403
    assert otto.submit(f"/courses/{course}/share", days="9", language="en").status_code == 403


def test_a_link_that_says_no_language_is_first_shown_in_the_course_s_own(shared):
    course, cleo = shared.course_ids()[0], shared.as_("cleo")
    assert "/share/preview/all/page?language=en" in cleo.get(f"/courses/{course}/share/new").text
    assert cleo.submit(f"/courses/{course}/share", days="9").status_code == 422  # what is made is said in full


def test_a_second_link_in_one_browser_ends_the_first_and_neither_is_anybody_signed_in(shared):
    """A mother's and her daughter's on one phone; or both on a clinic's tablet, where somebody is signed in, too."""
    tablet = shared.as_("cleo")
    pages, forms, before = [], [], ""
    for link in (new_link(shared, left_out="1"), new_link(shared)):
        token, code = link
        assert tablet.post(f"/link/{token}", data={"code": code}).status_code == 303
        pages.append(tablet.get("/link/page").text)
        forms.append(tablet.form_token("/link/leave"))
        before = before or tablet.cookies["pigtrack-link"]
    assert [each.count("<figure>") for each in pages] == [1, 2]
    stale = shared.as_(None)
    stale.cookies.set("pigtrack-link", before)
    assert stale.get("/link/page").headers["location"] == "/link"
    own = {"Origin": shared.address, "Sec-Fetch-Site": "same-origin"}
    assert tablet.post("/link/leave", data={"form_token": forms[0]}, headers=own).status_code == 403
    assert tablet.get("/link/page").status_code == 200  # the page that is open now stays open
    assert tablet.get("/").status_code == 200
    assert tablet.post("/sign-out", data={"form_token": forms[1]}, headers=own).status_code == 403


@pytest.mark.parametrize(
    "fields", [{"days": "0"}, {"days": "4000"}, {"days": "x"}, {"left_out": "99"}, {"left_out": "x"}]
)
def test_a_link_that_makes_no_sense_is_refused_in_one_sentence(shared, fields):
    course = shared.course_ids()[0]
    answer = shared.as_("cleo").submit(f"/courses/{course}/share", **{"days": "9", "language": "en", **fields})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_neither_token_nor_code_is_kept(alone, tmp_path):
    token, code = new_link(alone)
    files = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not any(token.encode() in each or code.replace(" ", "").encode() in each for each in files)


def test_the_patient_closes_their_page_on_a_device_that_others_use(shared):
    phone, _ = open_it(shared, *new_link(shared))
    closed = phone.submit("/link/leave", page="/link/leave")
    assert "Your page is closed." in closed.text
    assert phone.get("/link/page").headers["location"] == "/link"


def test_where_only_this_computer_is_served_the_page_says_that_no_phone_reaches_it(shared):
    course = shared.course_ids()[0]
    told = shared.as_("cleo").submit(f"/courses/{course}/share", days="9", language="en").text
    assert "A phone can’t reach this pigtrack" in shared.as_("cleo").get(f"/courses/{course}/share").text
    assert "A phone can’t reach this address" in told
    assert "pigtrack serve --lan" in told


def test_the_address_with_the_secret_is_told_to_no_other_page_and_is_left_at_once(shared):
    token, code = new_link(shared)
    phone, answer = open_it(shared, token, code)
    for told in (answer, phone.get(f"/link/{token}")):
        assert told.headers["referrer-policy"] == "strict-origin"
        assert told.headers["cache-control"] == "no-store"
    assert token not in answer.headers["location"]


def test_the_page_is_first_shown_in_the_language_that_the_clinic_chose(shared):
    token, code = new_link(shared, language="de")
    phone = shared.as_(None)
    answer = phone.post(f"/link/{token}", data={"code": code}, headers={"Accept-Language": "en-GB"})
    assert answer.headers["location"] == "/link/page"
    assert '<html lang="de">' in phone.get("/link/page").text
    assert '<html lang="en">' in phone.get("/link/page?language=en").text


def test_the_last_page_stands_while_a_newer_measurement_has_none(alone):
    phone, _ = open_it(alone, *new_link(alone))
    before, place = phone.get("/link/page").text, beside(phone)
    newer = add_newer_measurement(alone.record)
    assert phone.get("/link/page").text == before
    assert phone.get(f"{place}/after.jpg").status_code == 200
    keep_page(alone.record)
    assert newer in beside(phone)
    assert phone.get(f"{place}/after.jpg").status_code == 200  # somebody has the page open still


def test_before_anything_was_drawn_the_page_says_that_it_is_being_made(staffed, tmp_path):
    with served(copied(staffed, tmp_path / "data")) as server:
        course = server.course_ids()[0]
        assert "There is no page to be shown yet" in server.as_("cleo").get(f"/courses/{course}/share").text
        phone, _ = open_it(server, *new_link(server))
        answer = phone.get("/link/page?language=de")
    assert answer.status_code == 200
    assert "Ihre Seite entsteht gerade." in answer.text


def test_the_record_verifies_after_all_that_was_done_with_links(shared):
    assert list(check_record(shared.record)) == []


@pytest.mark.parametrize("name", ["patient.css", "patient.js"])
def test_the_page_by_link_looks_and_moves_as_the_file_does(name):
    web, report = (resources.files("pigtrack") / place / name for place in ("web/static", "report/templates"))
    assert web.read_text(encoding="utf-8").startswith(report.read_text(encoding="utf-8"))


def test_asked_on_this_computer_for_a_served_network_the_link_names_what_a_phone_reaches(staffed, tmp_path):
    hosts = ("192.0.2.7", "desk.local", "localhost", "127.0.0.1")
    with served(copied(staffed, tmp_path / "data"), hosts=hosts) as server:
        course = server.course_ids()[0]
        told = server.as_("cleo").submit(f"/courses/{course}/share", days="9", language="en").text
    assert f"http://192.0.2.7:{server.address.rsplit(':', 1)[1]}/link/" in told
    assert "A phone can’t reach" not in told


@pytest.mark.slow
def test_the_page_of_a_course_that_was_never_drawn_is_drawn_as_soon_as_somebody_wants_to_share_it(staffed, tmp_path):
    """For good and all, by a worker: measured, composed, drawn and kept, in both languages."""
    with served(copied(staffed, tmp_path / "data")) as server:
        background = Background(server.record, settle_s=0.1, idle_s=5)
        server.app.state.desk = replace(server.app.state.desk, background=background)
        background.start()
        try:
            course, cleo = server.course_ids()[0], server.as_("cleo")
            assert "There is no page to be shown yet" in cleo.get(f"/courses/{course}/share").text
            end = time.monotonic() + 120
            while "There is no page to be shown yet" in cleo.get(f"/courses/{course}/share").text:
                assert time.monotonic() < end, background.work_of(course)
                time.sleep(0.5)
        finally:
            background.close()
        phone, _ = open_it(server, *new_link(server))
        for language in list_languages():
            page = phone.get(f"/link/page?language={language}").text
            assert load_catalogue(language).say("patient.result.title") in page
            pictures = re.findall(r'<img src="([^"]+)"', page)
            kinds = {phone.get(f"/link/{each}").headers["content-type"] for each in pictures}
            assert kinds == {"image/jpeg", "image/svg+xml"}
