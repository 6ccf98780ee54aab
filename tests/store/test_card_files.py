import contextlib

import numpy as np
import pytest

from pigtrack.errors import CardError
from pigtrack.imaging.colour import WHITE_D50, WHITE_D65, delta_e_2000, lab_to_xyz, xyz_to_lab
from pigtrack.imaging.reflectance import tristimulus
from pigtrack.imaging.skin import xyz_d65
from pigtrack.model.spectra import WAVELENGTHS
from pigtrack.store.card_colours import orders
from pigtrack.store.reference_data import data_folder, load_card, load_spectra

CLASSIC = load_card("colorchecker-classic")
LAB = xyz_to_lab(CLASSIC.xyz)
FADED = LAB * [1, 0.93, 0.93]
CUT_OFF = 0.3
"""CIEDE2000 by which tables that end at 400 and 700 nm miss the white of D65."""

BASED = 'base = "colorchecker-classic"\n'


def rows(values):
    return "[" + ", ".join("[" + ", ".join(f"{x:.3f}" for x in row) + "]" for row in values) + "]"


def own(folder, text, **tables):
    for name, table in tables.items():
        (folder / f"{name}.txt").write_text(table, encoding="utf-8")
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder, text, **tables):
    with pytest.raises(CardError) as refused:
        load_card(own(folder, text, **tables))
    said = str(refused.value).split("\n")
    assert said[0] == 'The card file "ours.toml" cannot be used:'
    assert "docs/cards.md" in said[-1]
    return said[1:-1]


def cgats(names, values, head='ORIGINATOR "instrument"\n'):
    lines = [f"A{n + 1}\t" + "\t".join(f"{x:.4f}" for x in row) for n, row in enumerate(values)]
    body = "\n".join(lines)
    return (
        f"CGATS.17\n{head}NUMBER_OF_FIELDS {len(names) + 1}\nBEGIN_DATA_FORMAT\nSAMPLE_ID {' '.join(names)}\n"
        f"END_DATA_FORMAT\nNUMBER_OF_SETS {len(values)}\nBEGIN_DATA\n{body}\nEND_DATA\n"
    )


def test_a_card_of_ones_own_takes_over_what_it_does_not_say(tmp_path):
    card = load_card(own(tmp_path, BASED + "pitch_mm = 9.1\nthickness_mm = 1.5\n"))
    assert (card.name, card.title) == ("ours", f"{CLASSIC.title}, own file")
    assert (card.pitch_mm, card.pitch_u_mm, card.thickness_mm) == (9.1, None, 1.5)
    assert (card.neutral, card.skin, card.patch_width) == (CLASSIC.neutral, CLASSIC.skin, CLASSIC.patch_width)
    np.testing.assert_array_equal(card.xyz, CLASSIC.xyz)
    np.testing.assert_array_equal(card.spectra, CLASSIC.spectra)
    assert card.source == CLASSIC.source


def test_a_pitch_of_ones_own_does_not_inherit_another_s_uncertainty(tmp_path):
    card = load_card(own(tmp_path, 'base = "colorchecker-passport"\npitch_mm = 15.1\n'))
    assert (card.pitch_mm, card.pitch_u_mm) == (15.1, None)
    assert load_card(own(tmp_path, 'base = "colorchecker-passport"\n')).pitch_u_mm == 0.08


def test_a_card_file_needs_no_base(tmp_path):
    text = (data_folder("calibration") / "cards" / "colorchecker-classic-2014.toml").read_text(encoding="utf-8")
    card = load_card(own(tmp_path, "pitch_mm = 9.1\n" + text))
    assert card.pitch_mm == 9.1
    np.testing.assert_array_equal(card.xyz, load_card("colorchecker-classic-2014").xyz)


def test_an_edited_card_file_is_read_anew(tmp_path):
    assert load_card(own(tmp_path, BASED + "pitch_mm = 9.1\n")).pitch_mm == 9.1
    assert load_card(own(tmp_path, BASED + "pitch_mm = 9.2\n")).pitch_mm == 9.2


@pytest.mark.parametrize("key", ["lab_d65", "lab_d50", "xyz_d65", "xyz_d50"])
def test_measured_colours_bend_the_base_s_spectra_until_they_show_them(tmp_path, key):
    white = WHITE_D50 if key.endswith("d50") else WHITE_D65
    values = 100 * lab_to_xyz(FADED, white) if key.startswith("xyz") else FADED
    card = load_card(
        own(tmp_path, f'{BASED}instrument = "i1Pro 2"\nmeasured_on = 2026-01-31\n{key} = {rows(values)}\n')
    )
    assert card.spectra_estimated
    tables = load_spectra()
    weights = tristimulus(tables.lamps[key[-3:].upper()], tables.observer)
    shown = xyz_to_lab(card.spectra @ weights, weights.sum(axis=0))
    assert delta_e_2000(shown, FADED).max() < 0.01
    np.testing.assert_allclose(card.xyz, xyz_d65(card.spectra, tables))
    assert card.source == "own measurement with i1Pro 2 2026-01-31"


def test_readings_of_an_instrument_are_read(tmp_path):
    table = cgats(["LAB_L", "LAB_A", "LAB_B"], FADED, head='KEYWORD "ILLUMINANT"\nILLUMINANT "D65"\n')
    card = load_card(own(tmp_path, BASED + 'measured = "readings.txt"\n', readings=table))
    assert delta_e_2000(xyz_to_lab(card.xyz), FADED).max() < CUT_OFF


def test_readings_are_for_d50_unless_they_say_otherwise(tmp_path):
    table = cgats(["LAB_L", "LAB_A", "LAB_B"], FADED)
    text = BASED + 'measured = "readings.txt"\n'
    d50 = load_card(own(tmp_path, text, readings=table)).xyz
    d65 = load_card(own(tmp_path, text + 'illuminant = "D65"\n', readings=table)).xyz
    same = load_card(own(tmp_path, f"{BASED}lab_d50 = {rows(FADED)}\n")).xyz
    np.testing.assert_allclose(d50, same, atol=1e-4)
    assert np.abs(d50 - d65).max() > 0.005


def test_another_illuminant_is_refused(tmp_path):
    table = cgats(["LAB_L", "LAB_A", "LAB_B"], FADED)
    said = faults(tmp_path, BASED + 'measured = "readings.txt"\nilluminant = "A"\n', readings=table)
    assert "illuminant must be D50 or D65" in said[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_of_a_spreadsheet_are_read(tmp_path, separator):
    decimal = "," if separator == ";" else "."
    lines = [separator.join(["patch", "L*", "a*", "b*"])]
    lines += [separator.join([str(n), *(f"{x:.4f}".replace(".", decimal) for x in row)]) for n, row in enumerate(FADED)]
    text = BASED + 'measured = "readings.txt"\nilluminant = "D65"\n'
    card = load_card(own(tmp_path, text, readings="\n".join(lines)))
    assert delta_e_2000(xyz_to_lab(card.xyz), FADED).max() < CUT_OFF


@pytest.mark.parametrize("naming", ["SPECTRAL_NM{:.0f}", "SPEC_{:.0f}", "nm{:.0f}", "{:.0f}"])
@pytest.mark.parametrize("percent", [1, 100])
def test_measured_spectra_are_read_whatever_their_columns_are_called(tmp_path, naming, percent):
    wider = np.arange(380, 731, 10)
    values = np.stack([np.interp(wider, WAVELENGTHS, row) for row in CLASSIC.spectra]) * 0.97 * percent
    table = cgats([naming.format(w) for w in wider], values)
    card = load_card(own(tmp_path, BASED + 'measured = "readings.txt"\n', readings=table))
    np.testing.assert_allclose(card.spectra, CLASSIC.spectra * 0.97, atol=1e-4)
    np.testing.assert_allclose(card.xyz, CLASSIC.xyz * 0.97, atol=1e-4)
    assert not card.spectra_estimated


@pytest.mark.parametrize("order", sorted(orders()))
def test_a_wrong_order_is_noticed_and_the_right_one_named(tmp_path, order):
    shuffled = np.empty_like(FADED)
    shuffled[orders()[order]] = FADED
    table = cgats(["LAB_L", "LAB_A", "LAB_B"], shuffled, head="ILLUMINANT D65\n")
    text = BASED + 'measured = "readings.txt"\n'
    if order != "rows":
        (said,) = faults(tmp_path, text, readings=table)
        assert said.endswith(f'the patches come in another order than on colorchecker-classic; order = "{order}" fits.')
        assert said.startswith("line 2: ")
    listed = f"{BASED}lab_d65 = {rows(shuffled)}\n"
    for told in (text, listed):
        card = load_card(own(tmp_path, f'{told}order = "{order}"\n', readings=table))
        assert delta_e_2000(xyz_to_lab(card.xyz), FADED).max() < CUT_OFF


def test_two_patches_in_each_other_s_place_are_named(tmp_path):
    swapped = LAB.copy()
    swapped[[6, 7]] = swapped[[7, 6]]
    said = faults(tmp_path, f"{BASED}lab_d65 = {rows(swapped)}\n")
    assert len(said) == 2
    assert "patch 7 is" in said[0]
    assert said[0].endswith("from colorchecker-classic's: is the order right?")
    assert "patch 8 is" in said[1]


def test_a_card_whose_base_has_no_spectra_gets_none(tmp_path):
    spyder = load_card("spydercheckr-24")
    text = f'base = "spydercheckr-24"\nlab_d65 = {rows(xyz_to_lab(spyder.xyz) * [1, 0.95, 0.95])}\n'
    assert load_card(own(tmp_path, text)).spectra is None


def test_a_faded_card_is_no_fault(tmp_path):
    assert load_card(own(tmp_path, f"{BASED}lab_d65 = {rows(LAB * [1, 0.7, 0.7] + [2, 0, 4])}\n")).name == "ours"


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path):
    text = """base = "colorchecker-classic"
pitchmm = 9.1
pitch_mm = "nine"
patch_width = 1.2
columns = 5
neutral = [19, 20]
skin = [0]
names = ["a"]
measured_on = "yesterday"
title = ""
lab_d65 = [[1, 2, 3]]
order = "random"
"""
    said = faults(tmp_path, text)
    assert [line.split(":")[0] for line in said] == [f"line {n}" for n in range(2, 13)]
    assert "unknown key" in said[0]
    assert "24 rows of three numbers, not 1" in said[-2]
    assert "order must be one of rows, columns" in said[-1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "neutral is missing"),
        ("rubbish", "it is not TOML"),
        ('base = "polaroid"', "base must be a card that `pigtrack cards` lists"),
        ('base = "../x"', "base must be a card"),
        (BASED + "lab_d65 = 7", "24 rows of three numbers"),
        (BASED + 'lab_d65 = "x"', "24 rows of three numbers"),
        (BASED + f"lab_d65 = {rows(LAB * 10)}", "outside what L*a*b* can hold"),
        (BASED + f"xyz_d65 = {rows(CLASSIC.xyz)}", "100 for a perfect white"),
        (BASED + f"lab_d65 = {rows(LAB)}\nlab_d50 = {rows(LAB)}", "only one of lab_d50, lab_d65"),
        (BASED + 'measured = "none.txt"', "can't be read"),
        (BASED + "rows = 5", "only cards of 6 x 4 patches can be found"),
        (BASED + 'measured = "../none.txt"', "in the card file's folder"),
        (BASED + "measured = 3", "in the card file's folder"),
        (BASED + "pitch_mm = true", "from 1 to 100"),
        (BASED + "pitch_mm = nan", "from 1 to 100"),
        (BASED + "neutral = [24, 23, 22, 21, 20, 19]", "from the brightest to the darkest"),
        (BASED + "neutral = [1, 20, 21, 22, 23]", "patch 1 is named neutral but is coloured"),
        (BASED + 'spectra = "colorchecker-classic.csv"\nspectra_estimated = "no"', "true or false"),
    ],
)
def test_what_is_wrong_with_a_card_file_is_said(tmp_path, text, told):
    assert told in "\n".join(faults(tmp_path, text))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "it is empty"),
        ("\0\1\2", "it is not text"),
        ("a,b\n1,2\n", "it has no columns LAB_L"),
        ("L,a,b\n1,2\n", "a row is shorter"),
        ("L,a,b\n1,2,x\n", "a value is no number ('x')"),
        ("L,a,b\n", "no rows of finite numbers"),
        ("L,a,b\n1,2,nan\n", "no rows of finite numbers"),
        ("L,a,b\n50,2,3\n", "must hold 24 patches, not 1"),
        ("L,a,b\n" + 24 * "50,1e99,3\n", "outside what L*a*b* can hold"),
        ("X,Y,Z\n" + 24 * "0.5,0.5,0.5\n", "with 100 for a perfect white"),
        ("400,550,700\n1,2,3\n", "more than 20 nm apart"),
        (",".join(map(str, range(400, 701, 10))) + "\n" + 24 * (31 * "-1," + "\n"), "between 0 and 1"),
        ("BEGIN_DATA_FORMAT\nLAB_L", "has no end"),
        ("500,600,700\n1,2,3\n", "do not reach from 400 to 700 nm"),
        ("400,600,700\n1,2,3\n", "more than 20 nm apart"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_reason(tmp_path, table, told):
    assert told in "\n".join(faults(tmp_path, BASED + 'measured = "readings.txt"\n', readings=table))


def damaged(data, rng):
    """A file with a few bytes changed, cut out, doubled, or odd numbers put in."""
    odd = (b"nan", b"inf", b"1e999", b"true", b'""', b"[]", b"{}", b"-0", b"9" * 25, b"\0", b"\xff")
    for _ in range(rng.integers(1, 6)):
        at, to = np.sort(rng.integers(0, len(data) + 1, 2))
        to = min(to, at + 40)
        new = (b"", data[at:to] * 2, odd[rng.integers(len(odd))], bytes(rng.integers(0, 256, 3, dtype=np.uint8)))
        data = data[:at] + new[rng.integers(len(new))] + data[to:]
    return data


@pytest.mark.parametrize("which", ["colorchecker-classic", "colorchecker-passport", "spydercheckr-24", "own", "table"])
def test_a_damaged_card_file_is_a_card_or_a_sentence(tmp_path, which):
    rng, table = np.random.default_rng(7), cgats(["LAB_L", "LAB_A", "LAB_B"], LAB).encode()
    whole = f'{BASED}measured = "readings.txt"\norder = "rows"\nneutral = [19, 20, 21, 22]\npitch_mm = 9\n'.encode()
    if which not in ("own", "table"):
        whole = (data_folder("calibration") / "cards" / f"{which}.toml").read_bytes()
    for _ in range(60):
        (tmp_path / "ours.toml").write_bytes(whole if which == "table" else damaged(whole, rng))
        (tmp_path / "readings.txt").write_bytes(damaged(table, rng) if which == "table" else table)
        with contextlib.suppress(CardError):
            card = load_card(tmp_path / "ours.toml")
            assert card.xyz.shape == (24, 3)
            assert np.isfinite(card.xyz).all()


def test_readings_without_a_card_file_are_refused_with_what_to_write(tmp_path):
    with pytest.raises(CardError, match=r'base = "colorchecker-classic" and measured = "readings.txt"'):
        load_card(tmp_path / "readings.txt")


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardError, match="not text in UTF-8"):
        load_card(path)
    path.write_text("#" * 300_000, encoding="utf-8")
    with pytest.raises(CardError, match="too large"):
        load_card(path)


def test_spectra_that_contradict_the_colours_beside_them_are_refused(tmp_path):
    said = faults(tmp_path, f'spectra = "colorchecker-classic.csv"\n{BASED}lab_d65 = {rows(LAB * [0.8, 1, 1])}\n')
    assert "the spectra differ by" in said[0]
