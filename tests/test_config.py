from datetime import date
from pathlib import Path

import pytest

from cs229tui.config import Settings, SettingsError, change_setting, load_settings
from cs229tui.workspace import Workspace

TEXT = """# My settings.
theme = "nord"   # dark

# The group meets in autumn.
first_lecture = 2026-09-03
text_width = 90

[keys]
"reader.find" = "ctrl+f"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_a_file_is_read(file: Path) -> None:
    settings = load_settings(file)
    assert (settings.theme, settings.first_lecture, settings.text_width) == ("nord", date(2026, 9, 3), 90)
    assert settings.keys == {"reader.find": "ctrl+f"}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("text_width = 7", "text_width"),
        ('text_width = "wide"', "text_width"),
        ('first_lecture = "soon"', "first_lecture"),
        ("first_lecture = 9999-12-30", "first_lecture"),
        ("a = " + "[" * 3000, "TOML"),
        ('clipboard = "cloud"', "clipboard"),
        ("idle_after = 1", "idle_after"),
        ("thme = 1", "thme"),
        ("keys = 3", "keys"),
        ("text_width =", "TOML"),
    ],
)
def test_an_error_names_the_field(tmp_path: Path, line: str, field: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(line, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert field in caught.value.what and str(path) in caught.value.what
    assert "defaults" in caught.value.remedy


def test_what_a_terminal_would_obey_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('\ufeffname = "Ana\\u001b]52;c;aGk=\\u0007\\u202e [b]"\n', "utf-8")
    assert load_settings(path).name == "Ana [b]"


def test_a_wrong_file_does_not_stop_the_program(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("text_width = 7", "utf-8")
    workspace = Workspace()
    assert workspace.settings == Settings()
    assert "text_width" in workspace.warning


def test_a_change_keeps_comments_and_order(file: Path) -> None:
    assert change_setting(file, "text_width", 100).text_width == 100
    changed = change_setting(file, "name", "Mei")
    assert changed.author == "Mei" and load_settings(file) == changed
    text = file.read_text("utf-8")
    assert text.replace("100", "90").replace('name = "Mei"\n', "") == TEXT
    assert change_setting(file, "name", None).name == ""


def test_a_change_can_make_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert change_setting(path, "justify", True).justify
    assert load_settings(path).justify


def test_a_change_that_cannot_be_changes_nothing(file: Path) -> None:
    for name, value in (("text_width", 7), ("clipboard", "cloud"), ("nonsense", 1)):
        with pytest.raises(SettingsError, match=name):
            change_setting(file, name, value)
    assert file.read_text("utf-8") == TEXT
    file.write_text("broken [", "utf-8")
    with pytest.raises(SettingsError, match="cannot be changed"):
        change_setting(file, "name", "Mei")
    assert file.read_text("utf-8") == "broken ["


def test_an_author_is_clean_whatever_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ev\x1b[31mil\nname")
    assert Settings().author == "evil name"
    monkeypatch.setenv("USER", "")
    monkeypatch.setenv("USERNAME", "")
    assert Settings().author == "me"
