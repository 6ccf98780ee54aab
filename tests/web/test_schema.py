"""The API asked by its own schema, with whatever it allows and forbids: no fault of ours, every no a documented one."""

from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from kept_records import copied
from schemathesis import GenerationMode
from served_records import served

from pigtrack.store.record.checking import check_record
from pigtrack.web.rates import Rate


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("schema") / "data")) as server:
        server.app.state.rates.askers = Rate(most=10**9, within_s=60)  # a program that tries all there is, is no person
        yield server
        assert list(check_record(server.record)) == []


def without_doors(raw: dict) -> dict:
    """Return a schema that asks for no cookie: a header brings it, and `test_every_role` asks without."""
    for operation in (each for path in raw["paths"].values() for each in path.values()):
        operation.pop("security", None)
    return raw


def hold_to_schema(clinic, *, examples: int, derandomize: bool) -> set[tuple[str, str]]:
    """Ask everything that the schema tells of, as it allows and as it forbids; return what was asked.

    Every answer is held to the schema: no fault of ours, no status or type that is not documented, nothing taken that
    the schema forbids.
    """
    olga = clinic.as_("olga")
    headers = {"Cookie": f"pigtrack={olga.cookies['pigtrack']}", "X-Form-Token": olga.form_token()}
    schema = schemathesis.openapi.from_dict(without_doors(olga.get("/api/openapi.json").json()))
    how = settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    asked = set()
    for operation in (each.ok() for each in schema.get_all_operations()):
        for mode in GenerationMode:

            @how
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case):
                case.call_and_validate(base_url=clinic.address, headers=headers)
                asked.add((case.method, case.operation.path))

            with suppress(Unsatisfiable):  # what takes nothing can be asked for in one way only
                ask()
    return asked


def test_the_api_keeps_to_its_schema(clinic):
    asked = hold_to_schema(clinic, examples=5, derandomize=True)
    assert {path for _, path in asked} >= {"/api/me", "/api/courses", "/api/courses/{course}"}


@pytest.mark.slow
def test_the_api_keeps_to_its_schema_whatever_is_sent(clinic):
    hold_to_schema(clinic, examples=200, derandomize=False)
