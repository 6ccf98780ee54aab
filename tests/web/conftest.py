"""A served record with its people, shared by the tests of a module; one that is changed is copied anew."""

import pytest
from kept_records import copied
from served_records import served, staff


@pytest.fixture(scope="session")
def staffed(kept, tmp_path_factory):
    """The data folder of a record with a measured course and three users; to be copied before it is changed."""
    return staff(copied(kept, tmp_path_factory.mktemp("staffed") / "data"))


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    """A server over a copy of the staffed record."""
    with served(copied(staffed, tmp_path_factory.mktemp("clinic") / "data")) as server:
        yield server
