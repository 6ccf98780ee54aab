"""Owner, clinician, auditor, stranger: each command of the record opens to whom the table of roles lets in."""

import json

import pytest
from argon2 import PasswordHasher
from drawn_records import ANNA, drawn_course, fill
from kept_records import copied
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.cli.choices import UserRole
from pigtrack.model.record import Role
from pigtrack.model.roles import PROVEN, Verb, roles_for
from pigtrack.store.record import passwords
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.trail import read_entries, read_head
from pigtrack.store.record.users import add_user
from pigtrack.tracker.record.desk import now, opened

COURSE, PATIENT = "C-00001", "P-00001"
SECRETS = {"olga": "correct horse battery", "anna": "four green lamps shine", "audrey": "nine quiet river stones"}
ROLES = {"olga": Role.OWNER, "anna": Role.CLINICIAN, "audrey": Role.AUDITOR}

COMMANDS = {
    "courses": Verb.VIEW,
    f"courses {COURSE}": Verb.VIEW,
    "trail": Verb.VIEW,
    "trail --head": Verb.VERIFY,
    "user list": Verb.VIEW,
    f"consent {PATIENT}": Verb.VIEW,
    f"consent {PATIENT} --care yes": Verb.RECORD,
    "verify": Verb.VERIFY,
    "export --all --out {out}": Verb.EXPORT,
    f"sign {COURSE} --meaning reviewed": Verb.SIGN,
    "user disable anna": Verb.MANAGE_USERS,
    "user role anna auditor": Verb.MANAGE_USERS,
    f"erase {PATIENT} --reason demanded --yes": Verb.ERASE,
    "erase --finish": Verb.ERASE,
    "backup {out}": Verb.BACK_UP,
    "reprocess --all": Verb.MEASURE,
}
"""By what is typed: what it is to the table of roles."""

SLOW = {"reprocess --all"}
"""What is only asked of those who may not: for others it would measure."""


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.delenv("PIGTRACK_USER", raising=False)
        yield


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    place = tmp_path_factory.mktemp("kept") / "data"
    create_record(place, clock=now)
    with opened(place) as record:
        fill(record, range(1, 2), sessions=2, lesions=2)
        with record.writing(ANNA) as unit:
            for name, role in ROLES.items():
                add_user(unit, name, role, password=SECRETS[name])
    return place


@pytest.fixture
def data(kept, tmp_path):
    return copied(kept, tmp_path / "data")


def type_in(data, line, *, by=None, typed=""):
    words = line.format(out=data.parent / "out").split()
    return CliRunner().invoke(app, [*words, "--data", str(data), *(() if by is None else ("--by", by))], input=typed)


def head_of(data):
    with opened(data) as record, record.reading() as connection:
        return read_head(connection)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_stranger_is_let_in_nowhere_and_leaves_no_trace(data, line):
    before = head_of(data)
    refused = type_in(data, line, by="stranger", typed="anything at all\n")
    assert refused.exit_code == 1
    assert '"stranger" is no user of this record.' in refused.output
    assert head_of(data) == before
    assert not (data.parent / "out").exists()


REFUSED = [(line, name) for line, verb in COMMANDS.items() for name in ROLES if ROLES[name] not in roles_for(verb)]
LET_IN = [
    (line, name)
    for line, verb in COMMANDS.items()
    for name in ROLES
    if ROLES[name] in roles_for(verb) and line not in SLOW
]


@pytest.mark.parametrize(("line", "name"), REFUSED)
def test_a_colleague_without_the_right_is_told_whose_it_is_and_changes_nothing(data, line, name):
    before = head_of(data)
    refused = type_in(data, line, by=name, typed=f"{SECRETS[name]}\n")
    assert refused.exit_code == 1
    assert f'"{name}" is {ROLES[name].told} and may not {COMMANDS[line]}. That is for:' in refused.output
    assert head_of(data) == before


@pytest.mark.parametrize(("line", "name"), LET_IN)
def test_who_has_the_right_is_let_in(data, line, name):
    done = type_in(data, line, by=name, typed=f"{SECRETS[name]}\n")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("line", [line for line, verb in COMMANDS.items() if verb in PROVEN])
def test_what_must_be_proven_is_refused_to_whoever_only_says_the_name(data, line):
    before = head_of(data)
    refused = type_in(data, line, by="olga", typed="somebody else's guess\n")
    assert (refused.exit_code, refused.output[:28]) == (1, "That is not the password of ")
    told = entries_after(data, before.seq)
    assert [(each["action"], each["entity"]) for each in told] == [("refuse", "users")]


def test_the_roles_of_the_command_line_are_those_of_the_record():
    assert [each.value for each in UserRole] == [each.value for each in Role]


def test_a_first_user_is_added_through_a_pipe_and_a_second_by_them(tmp_path):
    data, olga, anna = tmp_path / "new", SECRETS["olga"], SECRETS["anna"]
    assert type_in(data, "user add olga --role owner", typed=f"{olga}\n").output == "olga is an owner.\n"
    added = type_in(data, "user add anna --role clinician", by="olga", typed=f"{olga}\n{anna}\n")
    assert added.output == "anna is a clinician.\n"
    assert type_in(data, "user list", by="anna").output == "anna: clinician\nolga: owner\n"


def test_passwords_may_come_from_files(data, tmp_path):
    (tmp_path / "hers").write_text(f"{SECRETS['anna']}\nanother line\n")
    (tmp_path / "new").write_text("seven new long words\n")
    files = f"--password-file {tmp_path / 'hers'} --new-password-file {tmp_path / 'new'}"
    assert type_in(data, f"user password anna {files}", by="anna").exit_code == 0
    signed = type_in(data, f"sign {COURSE} --meaning reviewed --password-file {tmp_path / 'new'}", by="anna")
    assert signed.output == f"Measurement 1 of course {COURSE} is signed by anna: reviewed\n"


@pytest.mark.parametrize("file", ["missing", "empty", "folder", "latin"])
def test_a_file_without_a_password_is_told_in_a_sentence(data, tmp_path, file):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin").write_bytes(b"\xff\xfe\xff")
    refused = type_in(data, f"sign {COURSE} --meaning reviewed --password-file {tmp_path / file}", by="anna")
    assert refused.exit_code == 1
    assert refused.output.startswith("No password")
    assert refused.output.count("\n") == 1


def test_a_pipe_that_says_nothing_is_told(data):
    refused = type_in(data, f"sign {COURSE} --meaning reviewed", by="anna", typed="")
    assert (refused.exit_code, refused.output[:16]) == (1, "No password came")


def test_on_a_terminal_a_new_password_is_asked_for_twice_and_not_shown(data, monkeypatch):
    asked = []

    def prompt(told, **how):
        asked.append((told, how["hide_input"], how["confirmation_prompt"]))
        return SECRETS["olga"] if "New" not in told else "seven new long words"

    monkeypatch.setattr("pigtrack.cli.passwords.typer.prompt", prompt)
    monkeypatch.setattr("pigtrack.cli.passwords._on_terminal", lambda: True)
    assert type_in(data, "user password anna", by="olga").exit_code == 0
    assert asked == [("Password of olga", True, False), ("New password of anna", True, True)]


def test_an_erasure_asks_for_the_pseudonym_once_more(data):
    line = f"erase {PATIENT} --reason demanded"
    refused = type_in(data, line, by="olga", typed=f"{SECRETS['olga']}\nP-1\n")
    assert (refused.exit_code, "Nothing was erased." in refused.output) == (1, True)
    done = type_in(data, line, by="olga", typed=f"{SECRETS['olga']}\n{PATIENT}\n")
    assert done.exit_code == 0, done.output
    assert "1 courses, 2 sessions, 2 photographs" in done.output


@pytest.mark.parametrize("words", ["", PATIENT, f"{PATIENT} --finish --reason x", "--finish --repeat x"])
def test_an_erasure_that_is_half_asked_for_is_wrong_usage(data, words):
    assert type_in(data, f"erase {words}".strip(), by="olga").exit_code == 2


def test_the_trail_is_shown_to_people_and_to_programs(data):
    type_in(data, f"consent {PATIENT} --care yes --day 2026-01-11 --note paper", by="anna")
    shown = type_in(data, "trail --action create --actor anna", by="audrey").output
    assert "anna (clinician)  create consents" in shown
    assert "    + day = 2026-01-11" in shown
    assert "    purpose: care" in shown
    lines = type_in(data, f"trail --course {COURSE} --json", by="audrey").output.splitlines()
    told = [json.loads(line) for line in lines]
    assert {each["label"] for each in told} == {COURSE}
    assert all(len(each["hash"]) == 64 for each in told)


def test_after_an_erasure_the_trail_says_why_it_can_not_be_read(data):
    type_in(data, f"erase {PATIENT} --reason demanded --yes", by="olga", typed=f"{SECRETS['olga']}\n")
    shown = type_in(data, "trail", by="audrey").output
    assert "sealed: the patient was erased; nobody can read it any more" in shown
    assert "    reason: demanded" in shown
    assert PATIENT not in shown


@pytest.mark.parametrize(
    "line", [line for line, verb in COMMANDS.items() if verb in (Verb.VIEW, Verb.EXPORT, Verb.VERIFY)]
)
def test_whoever_looks_is_told_of_unless_it_is_at_no_patient(data, line):
    before = head_of(data)
    assert type_in(data, line, by="audrey").exit_code == 0
    told = [json.loads(each["body"]) for each in entries_after(data, before.seq)]
    if line in ("user list", "trail --head"):
        assert told == []
    else:
        assert {each["action"] for each in told} <= {"view", "export", "verify"}
        assert {each["actor"] for each in told} == {"audrey"}


def test_what_was_looked_at_given_out_and_signed_is_forgotten_with_the_patient(data):
    """The plain parts of the trail stay for ever: no command may have left a name or a day in them."""
    for line in (
        f"courses {COURSE}",
        f"courses --search {PATIENT}",
        f"trail --course {COURSE} --subject {PATIENT}",
        f"consent {PATIENT} --research yes --note {PATIENT}-paper",
        f"export {COURSE} --out {{out}}-csv --since 2020-01-01",
        f"export {COURSE} --format jsonl --out {{out}}-lines --for research",
        f"export {COURSE} --format long --out {{out}}-long --offsets --measurement 1",
        f"sign {COURSE} --meaning reviewed",
        "backup {out}-backup",
        "verify",
    ):
        done = type_in(data, line, by="olga", typed=f"{SECRETS['olga']}\n")
        assert done.exit_code == 0, done.output
    erased = type_in(data, f"erase {PATIENT} --reason demanded --yes", by="olga", typed=f"{SECRETS['olga']}\n")
    assert erased.exit_code == 0, erased.output
    course = drawn_course(1, sessions=2)
    days = [session.date.isoformat() for session in course.sessions]
    names = [name for session in course.sessions for name in session.photos]
    left = b"".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())
    for told in (PATIENT, COURSE, course.site, *days, *names, str(data.parent)):
        assert told.encode() not in left, told
    assert type_in(data, "verify", by="audrey").exit_code == 0


def entries_after(data, seq):
    with opened(data) as record, record.reading() as connection:
        return list(read_entries(connection, after=seq))
