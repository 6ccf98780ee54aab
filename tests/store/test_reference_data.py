import numpy as np
import pytest

from pigtrack.errors import CardError
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.store.reference_data import list_cards, load_card, load_spectra

NAMES = [card.name for card in list_cards()]


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_a_card(name):
    card = load_card(name)
    assert card.name == name
    assert card.xyz.shape == (card.rows * card.columns, 3)
    assert (np.diff(card.xyz[list(card.neutral), 1]) < 0).all()
    lab = xyz_to_lab(card.xyz)[list(card.neutral)]
    assert np.hypot(lab[:, 1], lab[:, 2]).max() < 3.5
    assert 0.5 < card.patch_width < 1
    assert card.source


def test_the_cards_of_before_and_after_2014_differ_but_little():
    before, after = (xyz_to_lab(load_card(n).xyz) for n in ("colorchecker-classic", "colorchecker-classic-2014"))
    away = delta_e_2000(before, after)
    assert 0.3 < away.mean() < 3
    assert away.max() < 6


def test_an_unknown_card_is_named_with_those_that_are_known():
    with pytest.raises(CardError, match="colorchecker-classic-2014"):
        load_card("no-such-card")


def test_a_card_file_of_the_clinics_own_is_read(tmp_path):
    from pigtrack.store.reference_data import data_folder

    text = (data_folder("calibration") / "cards" / "colorchecker-classic-2014.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('name = "colorchecker-classic-2014"', 'name = "own"\npitch_mm = 9.1'), encoding="utf-8")
    assert load_card(own).pitch_mm == 9.1


@pytest.mark.parametrize("damage", ["rows = 4", "lab_d50 = [", "neutral"])
def test_a_damaged_card_file_is_refused_in_a_sentence(tmp_path, damage):
    from pigtrack.store.reference_data import data_folder

    text = (data_folder("calibration") / "cards" / "colorchecker-classic-2014.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace(damage, "rubbish"), encoding="utf-8")
    with pytest.raises(CardError, match="cannot be used"):
        load_card(own)


def test_the_spectra_share_their_wavelengths():
    tables = load_spectra()
    assert tables.observer.shape == (31, 3)
    assert all(lamp.shape == (31,) for lamp in tables.lamps.values())
    assert all(camera.shape == (31, 3) for camera in tables.cameras.values())
