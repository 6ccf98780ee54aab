"""Users, consents and signatures: who may do what, who proved it was they, and what of it stands in the trail."""

import json
from dataclasses import replace
from datetime import date

import pytest
from argon2 import PasswordHasher
from drawn_records import ANNA, add_drawn_measurement, drawn_course, fill, lay_out_drawn
from kept_records import by_hand, copied
from sqlalchemy import select

from pigtrack.errors import CourseError, NotAllowedError, RecordError
from pigtrack.model.record import Purpose, Role
from pigtrack.model.signing import tell_signed
from pigtrack.model.treatment import Screen
from pigtrack.store.record import passwords
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.passwords import fits_password, hash_password
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.subjects import consented, need_subject
from pigtrack.store.record.tables import sign_offs, users
from pigtrack.store.record.trail import check_chain, read_entries
from pigtrack.tracker.record import users as people
from pigtrack.tracker.record.consenting import consent
from pigtrack.tracker.record.course_lines import series_lines
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.looking import look_at_course
from pigtrack.tracker.record.signing import sign

COURSE, PATIENT = "C-00001", "P-00001"
SECRETS = {"olga": "correct horse battery", "anna": "four green lamps shine", "audrey": "nine quiet river stones"}
REAL = passwords._HASHER
WRONG = "somebody else's guess"


def told(name):
    return SECRETS[name]


def nobody(name):
    raise AssertionError(f"{name} was asked for a password")


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes():
    """Hash at the least cost: dozens of passwords are shown here. One story holds the real cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def kept_data(tmp_path_factory):
    place = tmp_path_factory.mktemp("kept") / "data"
    create_record(place, clock=now)
    with opened(place) as record:
        fill(record, range(1, 2), sessions=2, lesions=2)
    return place


@pytest.fixture(scope="module")
def kept_clinic(kept_data, tmp_path_factory):
    place = copied(kept_data, tmp_path_factory.mktemp("kept") / "clinic")
    people.add(name="olga", role=Role.OWNER, ask=nobody, ask_new=told, data=place, by="root")
    for name, role in (("anna", Role.CLINICIAN), ("audrey", Role.AUDITOR)):
        people.add(name=name, role=role, ask=told, ask_new=told, data=place, by="olga")
    return place


@pytest.fixture
def data(kept_data, tmp_path, monkeypatch):
    """A record without users."""
    monkeypatch.delenv("PIGTRACK_USER", raising=False)
    return copied(kept_data, tmp_path / "data")


@pytest.fixture
def clinic(kept_clinic, tmp_path, monkeypatch):
    """A record with an owner, a clinician, an auditor."""
    monkeypatch.delenv("PIGTRACK_USER", raising=False)
    return copied(kept_clinic, tmp_path / "clinic")


def entries_of(data):
    with opened(data) as record, record.reading() as connection:
        return list(read_entries(connection))


def test_without_users_whoever_sits_there_may_do_everything_and_the_first_user_is_an_owner(data):
    assert people.listed(data=data) == ()
    with pytest.raises(RecordError, match="first user must be an owner"):
        people.add(name="anna", role=Role.CLINICIAN, ask=nobody, ask_new=told, data=data)
    people.add(name="olga", role=Role.OWNER, ask=nobody, ask_new=told, data=data)
    with pytest.raises(NotAllowedError, match="no user of this record"):
        people.listed(data=data, by="stranger")


def test_the_trail_tells_of_users_and_never_of_their_hashes(clinic):
    bodies = [each["body"] for each in entries_of(clinic) if each["entity"] == "users"]
    assert len(bodies) == 3
    assert '"name":"audrey"' in bodies[-1]
    assert not any("argon2" in body or secret in body for body in bodies for secret in SECRETS.values())


def test_only_an_owner_who_proves_it_manages_users(clinic):
    for name in ("anna", "audrey"):
        with pytest.raises(NotAllowedError, match="may not manage users"):
            people.give_role(name="anna", role=Role.OWNER, ask=nobody, data=clinic, by=name)
    with pytest.raises(NotAllowedError, match="not the password"):
        people.give_role(name="anna", role=Role.OWNER, ask=lambda _: WRONG, data=clinic, by="olga")
    assert {each.name: each.role for each in people.listed(data=clinic, by="audrey")}["anna"] is Role.CLINICIAN
    assert entries_of(clinic)[-1]["action"] == "refuse"


def test_the_last_owner_who_can_act_stays(clinic):
    with pytest.raises(RecordError, match="last owner"):
        people.set_active(name="olga", active=False, ask=told, data=clinic, by="olga")
    with pytest.raises(RecordError, match="last owner"):
        people.give_role(name="olga", role=Role.AUDITOR, ask=told, data=clinic, by="olga")
    people.give_role(name="anna", role=Role.OWNER, ask=told, data=clinic, by="olga")
    people.set_active(name="olga", active=False, ask=told, data=clinic, by="olga")
    with pytest.raises(NotAllowedError, match="no user"):
        people.listed(data=clinic, by="olga")
    with pytest.raises(RecordError, match="last owner"):
        people.give_role(name="anna", role=Role.CLINICIAN, ask=told, data=clinic, by="anna")
    people.set_active(name="olga", active=True, ask=told, data=clinic, by="anna")
    assert [each.active for each in people.listed(data=clinic, by="olga")] == [True, True, True]


def test_everybody_changes_their_own_password_and_an_owner_anybodys(clinic, monkeypatch):
    people.give_password(name="anna", ask=told, ask_new=lambda _: "another long sentence", data=clinic, by="anna")
    with pytest.raises(NotAllowedError, match="manage users"):
        people.give_password(name="olga", ask=nobody, ask_new=nobody, data=clinic, by="anna")
    with pytest.raises(NotAllowedError, match="not the password"):
        sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    people.give_password(name="anna", ask=told, ask_new=told, data=clinic, by="olga")
    assert sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna").added


def test_after_five_wrong_passwords_the_right_one_must_wait(clinic):
    for _ in range(5):
        with pytest.raises(NotAllowedError, match="not the password"):
            sign(label=COURSE, meaning="reviewed", ask=lambda _: WRONG, data=clinic, by="anna")
    with pytest.raises(NotAllowedError, match="5 wrong passwords"):
        sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    people.give_password(name="anna", ask=told, ask_new=told, data=clinic, by="olga")
    assert sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna").added


def test_a_right_password_forgives_the_wrong_ones_before(clinic):
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(NotAllowedError, match="not the password"):
                sign(label=COURSE, meaning="reviewed", ask=lambda _: WRONG, data=clinic, by="anna")
        sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "5 letters"),
        ("a" * 2000, "too long"),
        ("121212121212", "first that"),
        ("olga olga olga!", "first that"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, why):
    with pytest.raises(RecordError, match=why):
        hash_password(password, name="Olga")


def test_a_password_is_kept_by_argon2id_as_rfc_9106_advises_and_spelled_either_way(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", REAL)
    kept = hash_password("zwölf Boxkämpfer", name="olga")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert fits_password("zwo\N{COMBINING DIAERESIS}lf Boxka\N{COMBINING DIAERESIS}mpfer", kept)
    assert not fits_password("zwolf Boxkampfer", kept)
    assert not fits_password("zwölf Boxkämpfer", None)
    assert not fits_password("zwölf Boxkämpfer", "no hash at all")


@pytest.mark.parametrize("name", ["", " anna", "an\nna", "x" * 101])
def test_a_name_that_can_not_stand_under_a_signature_is_refused(data, name):
    with pytest.raises(RecordError, match="no name for a user"):
        people.add(name=name, role=Role.OWNER, ask=nobody, ask_new=told, data=data)


def test_a_name_is_never_given_twice(clinic):
    people.set_active(name="anna", active=False, ask=told, data=clinic, by="olga")
    for name in ("anna", "Anna", "\N{FULLWIDTH LATIN SMALL LETTER A}nna"):
        with pytest.raises(RecordError, match='"anna" is a user already'):
            people.add(name=name, role=Role.AUDITOR, ask=told, ask_new=told, data=clinic, by="olga")


def test_a_signature_says_who_when_and_what_and_is_bound_to_its_rows(clinic):
    signed = sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    assert signed.told == f"Measurement 1 of course {COURSE} is signed by anna: reviewed"
    with opened(clinic) as record, record.reading() as connection:
        recorded = read_course(record, connection, need_course(connection, COURSE))
        row = connection.execute(select(sign_offs)).mappings().one()
    assert [(each.measurement, each.by, each.meaning) for each in recorded.sign_offs] == [(1, "anna", "reviewed")]
    assert recorded.sign_offs[0].at <= now()
    assert row["rows_digest"] == recorded.measurement.rows_digest
    again = sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    assert not again.added
    assert list(check_chain(iter(entries_of(clinic)))) == []


def test_a_course_that_is_measured_again_is_signed_for_the_first_measurement_and_not_for_the_second(clinic):
    sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    with opened(clinic) as record:
        with record.writing(ANNA) as unit:
            add_drawn_measurement(unit, drawn_course(1, sessions=2), lesions=2, version=2)
        with record.reading() as connection:
            recorded = read_course(record, connection, need_course(connection, COURSE))
    assert tell_signed(recorded.sign_offs, recorded.measurement.number)[-1] == "Signed for measurement 1, not for 2."
    assert "Signed for measurement 1, not for 2." in series_lines(look_at_course(label=COURSE, data=clinic, by="anna"))
    assert sign(label=COURSE, meaning="approved", ask=told, data=clinic, by="olga").measurement == 2


def test_nobody_signs_without_the_right_without_users_or_what_is_not_there(clinic, data):
    with pytest.raises(NotAllowedError, match="may not sign"):
        sign(label=COURSE, meaning="reviewed", ask=nobody, data=clinic, by="audrey")
    with pytest.raises(NotAllowedError, match="no user"):
        sign(label=COURSE, meaning="reviewed", ask=nobody, data=clinic, by="stranger")
    with pytest.raises(RecordError, match="no measurement 2"):
        sign(label=COURSE, meaning="reviewed", measurement=2, ask=told, data=clinic, by="anna")
    with pytest.raises(RecordError, match="no course"):
        sign(label="C-9", meaning="reviewed", ask=told, data=clinic, by="anna")
    for meaning in ("", " ", "a\nb", "x" * 201):
        with pytest.raises(RecordError, match="needs a meaning"):
            sign(label=COURSE, meaning=meaning, ask=told, data=clinic, by="anna")


@pytest.mark.parametrize("meaning", [f"{PATIENT} reviewed", f"approved {COURSE.lower()}"])
def test_a_meaning_that_names_the_patient_is_refused_as_it_stays_for_ever(clinic, meaning):
    with pytest.raises(RecordError, match="must name nobody"):
        sign(label=COURSE, meaning=meaning, ask=told, data=clinic, by="anna")


def test_a_record_without_users_is_signed_by_nobody(data):
    with pytest.raises(NotAllowedError, match="nobody can sign"):
        sign(label=COURSE, meaning="reviewed", ask=nobody, data=data)


def test_rows_that_were_changed_by_hand_are_not_signed(clinic):
    by_hand(clinic, "UPDATE lesion_rows SET cells = replace(cells, '.', '9.') WHERE session = 1 AND lesion_id = 1")
    with pytest.raises(RecordError, match="not those that were measured"):
        sign(label=COURSE, meaning="reviewed", ask=told, data=clinic, by="anna")
    assert entries_of(clinic)[-1]["entity"] == "users"


def test_consents_stand_apart_and_the_last_word_counts(clinic):
    first = consent(
        pseudonym=PATIENT,
        answers={Purpose.CARE: True, Purpose.RESEARCH: True},
        day=date(2026, 1, 11),
        data=clinic,
        by="anna",
    )
    assert [(each.purpose, each.given, each.day) for each in first] == [
        (Purpose.CARE, True, date(2026, 1, 11)),
        (Purpose.RESEARCH, True, date(2026, 1, 11)),
    ]
    consent(pseudonym=PATIENT, answers={Purpose.RESEARCH: False}, note="withdrew", data=clinic, by="anna")
    with opened(clinic) as record, record.reading() as connection:
        subject = need_subject(connection, PATIENT)["id"]
        given = {purpose: consented(connection, subject, purpose) for purpose in Purpose}
    assert given == {Purpose.CARE: True, Purpose.RESEARCH: False, Purpose.TEACHING: False}


def test_nobody_can_have_agreed_on_a_day_to_come(clinic):
    with pytest.raises(RecordError, match="still to come"):
        consent(pseudonym=PATIENT, answers={Purpose.CARE: True}, day=date(2999, 1, 1), data=clinic, by="anna")


def test_an_auditor_looks_at_consents_and_adds_none(clinic):
    assert consent(pseudonym=PATIENT, answers={}, data=clinic, by="audrey") == ()
    assert [entries_of(clinic)[-1][name] for name in ("action", "actor")] == ["view", "audrey"]
    with pytest.raises(NotAllowedError, match="may not add"):
        consent(pseudonym=PATIENT, answers={Purpose.CARE: True}, data=clinic, by="audrey")
    with pytest.raises(RecordError, match="no patient"):
        consent(pseudonym="P-9", answers={}, data=clinic, by="audrey")


def test_a_users_row_that_was_changed_by_hand_is_no_longer_what_the_trail_tells(clinic):
    from pigtrack.store.record.unit import row_digest

    by_hand(clinic, "UPDATE users SET role = 'owner' WHERE name = 'audrey'")
    with opened(clinic) as record, record.reading() as connection:
        row = connection.execute(select(users).where(users.c.name == "audrey")).mappings().one()
        body = next(json.loads(each["body"]) for each in read_entries(connection) if each["entity_id"] == row["id"])
    assert body["new"] != row_digest(users, row)
    assert body["new"] == row_digest(users, {**row, "role": "auditor"})


SIGNED = {"signed_by": "staff-2", "signed_on": date(2026, 1, 10), "reason": "wants it all the same"}


def with_screen(folder):
    screen = Screen((("pregnancy", True), ("diabetes", False)), **SIGNED)
    return lay_out_drawn(folder, replace(drawn_course(7, sessions=1), screen=screen))


@pytest.mark.parametrize("missing", [("signed_by",), ("reason",), ("signed_by", "reason")])
def test_a_yes_in_the_screen_without_signature_or_reason_keeps_the_course_out(data, tmp_path, missing):
    told = with_screen(tmp_path / "course") / "course.toml"
    lines = told.read_text().splitlines(keepends=True)
    told.write_text("".join(line for line in lines if not line.startswith(missing)))
    with pytest.raises(CourseError, match=r"a yes to .pregnancy. must be signed, with a reason"):
        import_courses(folders=[told.parent], data=data, measure=False)
    with opened(data) as record, record.reading() as connection, pytest.raises(RecordError, match="no course"):
        need_course(connection, "C-00007")


def test_a_signed_screen_is_in_the_record_as_it_was_answered(data, tmp_path):
    import_courses(folders=[with_screen(tmp_path / "course")], data=data, measure=False)
    with opened(data) as record, record.reading() as connection:
        screen = read_course(record, connection, need_course(connection, "C-00007")).course.screen
    assert screen == Screen((("pregnancy", True), ("diabetes", False)), **SIGNED)


@pytest.mark.parametrize(
    "password",
    ["Password2026!!", "P@ssw0rd1234", "qwertzuiop123", "welcome welcome 1", "pigtrack-clinic-1", "1234567890!!!!"],
)
def test_what_everybody_thinks_of_first_is_no_password_however_long(clinic, password):
    with pytest.raises(RecordError, match="first that"):
        people.give_password(name="anna", ask=told, ask_new=lambda _: password, data=clinic, by="anna")


def test_a_password_of_figures_or_signs_alone_is_as_good_as_any(clinic):
    people.give_password(name="anna", ask=told, ask_new=lambda _: "7392-1846-2950-11", data=clinic, by="anna")
