"""Numbers are written once, for pages and charts alike."""

import pytest

from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.telling import MISSING, digits_told, tell_measured
from pigtrack.store.catalogues import load_catalogue

EN, DE = load_catalogue("en"), load_catalogue("de")
AREA = Unit.SQUARE_MILLIMETRE


@pytest.mark.parametrize(
    ("value", "u", "english", "german"),
    [
        (42, 1.5, "42 mm² (39–45)", "42 mm² (39–45)"),
        (4.2, 0.2, "4.2 mm² (3.8–4.6)", "4,2 mm² (3,8–4,6)"),
        (0.42, 0.02, "0.42 mm² (0.38–0.46)", "0,42 mm² (0,38–0,46)"),
        (1, 2, "1 mm² (−3 to 5)", "1 mm² (−3 bis 5)"),
    ],
)
def test_a_value_has_its_interval_and_just_the_digits_that_it_deserves(value, u, english, german):
    measured = Measured(value, u, AREA)
    told = [tell_measured(measured, words).replace("\u00a0", " ") for words in (EN, DE)]
    assert told == [english, german]


def test_what_could_not_be_measured_is_a_dash():
    assert tell_measured(None, EN) == MISSING


def test_a_number_has_a_plus_only_where_it_rounds_to_more_than_nought():
    assert [EN.signed(value) for value in (0.6, 0.4, 0.0, -0.4, -0.6)] == ["+1", "0", "0", "0", "−1"]
    assert DE.signed(0.04, 1) == "0,0"
    assert DE.signed(0.06, 1) == "+0,1"


def test_a_round_number_is_written_as_people_gave_it():
    assert [digits_told(value) for value in (72, 2.5, -0.25, 0)] == [0, 1, 2, 0]
