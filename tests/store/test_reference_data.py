import numpy as np
import pytest

from pigtrack.errors import CardError
from pigtrack.imaging.colour import XYZ_TO_SRGB, delta_e_2000, xyz_to_lab
from pigtrack.imaging.reflectance import tristimulus
from pigtrack.store.reference_data import data_folder, list_cards, load_card, load_spectra

NAMES = [card.name for card in list_cards()]


def lab(name):
    return xyz_to_lab(load_card(name).xyz)


def on_screen(name):
    return np.clip(load_card(name).xyz @ XYZ_TO_SRGB.T, 0, 1)


def likeness(seen, reference):
    """Mean over R, G and B of the correlation of roots, which no lamp and no exposure moves much."""
    return np.mean([np.corrcoef(np.sqrt(seen[:, k]), np.sqrt(reference[:, k]))[0, 1] for k in range(3)])


def turned_and_mirrored(colours):
    rows = colours.reshape(4, 6, 3)
    return [way.reshape(24, 3) for way in (rows, rows[::-1, ::-1], rows[:, ::-1], rows[::-1])]


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_a_card(name):
    card = load_card(name)
    assert card.name == name
    assert card.xyz.shape == (card.rows * card.columns, 3)
    assert (np.diff(card.xyz[list(card.neutral), 1]) < 0).all()
    grey = xyz_to_lab(card.xyz)[list(card.neutral)]
    assert np.hypot(grey[:, 1], grey[:, 2]).max() < 4
    assert 0.5 < card.patch_width < 1
    assert len(card.names) == 24
    assert card.source


def test_the_cards_that_are_promised_are_there():
    assert set(NAMES) >= {
        "colorchecker-classic",
        "colorchecker-classic-2014",
        "colorchecker-classic-mini",
        "colorchecker-passport",
        "colorchecker-nano",
        "spydercheckr-24",
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_skin_like_patches_look_like_skin(name):
    skin = lab(name)[list(load_card(name).skin)]
    hue = np.degrees(np.arctan2(skin[:, 2], skin[:, 1]))
    assert ((hue > 30) & (hue < 70)).all()
    assert (np.hypot(skin[:, 1], skin[:, 2]) < 30).all()
    assert (skin[:, 0] > 30).all()


@pytest.mark.parametrize("name", ["colorchecker-classic", "colorchecker-classic-2014", "colorchecker-nano"])
def test_a_card_of_unknown_size_gives_no_millimetres(name):
    assert (load_card(name).pitch_mm, load_card(name).pitch_u_mm) == (None, None)


@pytest.mark.parametrize("name", [name for name in NAMES if load_card(name).pitch_mm is not None])
def test_a_size_is_known_to_one_per_cent(name):
    card = load_card(name)
    assert 0 < card.pitch_u_mm < 0.01 * card.pitch_mm


def test_sizes_agree_with_what_is_published_of_the_patches():
    for name, patch_mm in {
        "colorchecker-classic-large": 40,
        "colorchecker-passport": 12,
        "spydercheckr-24": 26,
    }.items():
        card = load_card(name)
        assert card.patch_width * card.pitch_mm == pytest.approx(patch_mm, rel=0.03)


def test_the_cards_of_before_and_after_2014_differ_but_little():
    away = delta_e_2000(lab("colorchecker-classic"), lab("colorchecker-classic-2014"))
    assert 0.3 < away.mean() < 3
    assert away.max() < 6


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("colorchecker")])
def test_a_spydercheckr_is_never_a_colorchecker_nor_the_other_way_round(name):
    for first, second in ((name, "spydercheckr-24"), ("spydercheckr-24", name)):
        best = max(likeness(seen, on_screen(second)) for seen in turned_and_mirrored(on_screen(first)))
        assert best < 0.65  # cards of one make give 0.99 here, and in real photographs 0.80 at the least


def test_a_spydercheckr_holds_the_colours_of_a_colorchecker_in_its_own_order():
    spyder, classic = lab("spydercheckr-24"), lab("colorchecker-classic")
    rows = np.arange(24).reshape(4, 6)
    expected = np.concatenate([rows[0, ::-1], rows[1], rows[2, ::-1], rows[3]])
    assert delta_e_2000(spyder, classic[expected]).max() < 6


def test_measured_spectra_are_told_from_estimated_ones_and_from_none():
    for name, estimated in {"colorchecker-classic": False, "colorchecker-passport": True}.items():
        assert load_card(name).spectra.shape == (24, 31)
        assert load_card(name).spectra_estimated is estimated
    assert load_card("spydercheckr-24").spectra is None


def test_estimated_spectra_show_the_published_colours():
    card, tables = load_card("colorchecker-classic-2014"), load_spectra()
    weights = tristimulus(tables.lamps["D50"], tables.observer)
    shown = xyz_to_lab(card.spectra @ weights, weights.sum(axis=0))
    published = [[37.54, 14.37, 14.92], [64.66, 19.27, 17.50]]  # X-Rite 2016, dark and light skin
    assert delta_e_2000(shown[:2], np.array(published)).max() < 0.01


@pytest.mark.parametrize("name", ["no-such-card", "../cards/colorchecker-nano", ""])
def test_an_unknown_card_is_named_with_those_that_are_known(name):
    with pytest.raises(CardError, match="colorchecker-classic-2014"):
        load_card(name)


def test_a_missing_card_file_is_named(tmp_path):
    with pytest.raises(CardError, match="There is no card file"):
        load_card(tmp_path / "ours.toml")


def test_every_file_of_the_folder_is_a_card():
    assert {path.stem for path in (data_folder("calibration") / "cards").iterdir()} == set(NAMES)


def test_the_spectra_share_their_wavelengths():
    tables = load_spectra()
    assert tables.observer.shape == (31, 3)
    assert all(lamp.shape == (31,) for lamp in tables.lamps.values())
    assert all(camera.shape == (31, 3) for camera in tables.cameras.values())
