"""The data dictionary for programs says what the tables hold."""

import pandas as pd
import pytest
from drawn_courses import lay_out

import pigtrack
from pigtrack.model.quantity import Unit
from pigtrack.store.columns import TABLES, describe_columns
from pigtrack.store.dictionary import DICTIONARY_COLUMNS, dictionary_rows


@pytest.fixture(scope="module")
def dictionary():
    return pd.DataFrame(dictionary_rows(), columns=DICTIONARY_COLUMNS)


def test_every_column_of_every_table_stands_in_it_once_and_in_order(dictionary):
    for table in TABLES:
        told = dictionary[dictionary["table"] == table]["column"]
        assert list(told) == [column.name for column in describe_columns(table)]
        assert told.is_unique


def test_units_are_codes_that_programs_know(dictionary):
    known = {unit.value for unit in Unit} | {"1", "d", "h", "%", "mm", "{pixel}", "mm/{pixel}", "px/mm", ""}
    assert set(dictionary["unit"]) <= known | {"{L*}", "{a*}", "{b*}"}
    assert not dictionary["unit"].str.contains("²").any()


def test_texts_have_no_unit_and_numbers_have_one(dictionary):
    numbers = dictionary["type"].isin(["number", "integer"])
    assert (dictionary[numbers]["unit"] != "").all()
    assert (dictionary[~numbers]["unit"] == "").all()


def test_what_a_measurement_writes_is_of_the_type_and_among_the_values_that_are_told(drawn, dictionary, tmp_path):
    names = [f"{k}.jpg" for k in (1, 2)]
    folder = lay_out(tmp_path / "c", [{name: drawn.bytes_of(k)} for k, name in enumerate(names, 1)], drawn.settings)
    measured = pigtrack.measure_course(folder)
    for table in ("sessions", "lesions", "photos"):
        told = dictionary[dictionary["table"] == table].set_index("column")
        for name, values in getattr(measured, table).items():
            row, shown = told.loc[name], values.dropna()
            shown = shown[shown.astype(str) != ""]
            if row["may_be_empty"] == "false":
                assert len(shown) == len(values), name
            if row["type"] in ("number", "integer"):
                numbers = pd.to_numeric(shown)
                assert row["type"] == "number" or (numbers == numbers.round()).all(), name
            for value in shown if row["allowed"] else ():
                parts = str(value).lower().split(";") if row["type"] == "list" else [str(value).lower()]
                assert set(parts) <= set(row["allowed"].split()), (name, value)
