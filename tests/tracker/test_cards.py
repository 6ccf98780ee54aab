from typer.testing import CliRunner

from pigtrack import cli, tracker


def run(*arguments):
    return CliRunner().invoke(cli.app, ["cards", *map(str, arguments)])


def test_cards_are_drawn_as_svg_and_png(tmp_path):
    card = tracker.load_card("colorchecker-passport")
    paths = tracker.draw_cards(cards=[card], out=tmp_path / "new")
    assert [path.name for path in paths] == ["colorchecker-passport.svg", "colorchecker-passport.png"]
    assert paths[0].read_bytes().startswith(b"<?xml")
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_a_card_of_ones_own_is_told_and_drawn_from_the_command_line(tmp_path):
    (tmp_path / "ours.toml").write_text('base = "colorchecker-classic"\npitch_mm = 9.1\n', encoding="utf-8")
    told = run(tmp_path / "ours.toml", "--draw", tmp_path / "drawn")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("ours: ColorChecker Classic")
    assert "9.1 mm from patch to patch" in told.stdout
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["ours.png", "ours.svg"]


def test_what_can_not_be_drawn_or_read_ends_with_1_and_a_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "bad.toml").write_text('base = "colorchecker-classic"\nname = "../x"\n', encoding="utf-8")
    for arguments in (["rainbow"], [tmp_path / "bad.toml"], ["colorchecker-nano", "--draw", tmp_path / "file"]):
        told = run(*arguments)
        assert told.exit_code == 1
        assert "Traceback" not in told.stderr
        assert told.stderr.strip()
