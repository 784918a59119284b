"""The colours of highlights: legible in every theme there is, and told apart by more than colour."""

import pytest
from rich.segment import Segment
from textual.app import App
from textual.color import Color

from cs229tui.documents.flow import Block
from cs229tui.library.annotations import Annotation, Colour, Kind
from cs229tui.tui import themes
from cs229tui.tui.pictures.painting import marker
from cs229tui.tui.reading.discussion import look_of, map_look
from cs229tui.tui.reading.wrap import Measure, wrap
from cs229tui.tui.widgets.paint import HUES, Frame, Mark, contrast, draw_line, make_inks

THEMES = {theme.name: theme for theme in (themes.DARK, themes.LIGHT)} | dict(App().available_themes)


def inks_of(name: str):
    variables = THEMES[name].to_color_system().generate()
    return make_inks(*(Color.parse(variables[part]) for part in ("background", "foreground", "primary", "accent")))


@pytest.mark.parametrize("name", sorted(THEMES))
def test_words_on_a_highlight_are_legible(name: str) -> None:
    inks = inks_of(name)
    for ink in (*HUES, "selection", "hit", "hit-now", "lit"):
        style = inks.base + inks.named[ink]
        assert (style.color is not None and style.bgcolor is not None) or style.reverse, ink
        if style.color is None or style.bgcolor is None or style.color.triplet is None or style.bgcolor.triplet is None:
            # A terminal's own sixteen colours: black on a light one, whatever that looks like.
            continue
        ground, letters = Color.from_rich_color(style.bgcolor), Color.from_rich_color(style.color)
        assert contrast(ground, letters) >= 4.5, (ink, ground.hex, letters.hex)


@pytest.mark.parametrize("name", sorted(THEMES))
def test_the_signs_of_highlights_are_legible_and_the_tints_differ(name: str) -> None:
    inks = inks_of(name)
    grounds = []
    for colour in HUES:
        sign, tint = inks.base + inks.named[f"sign-{colour}"], inks.named[colour].bgcolor
        assert tint is not None
        if sign.bgcolor is None or sign.bgcolor.triplet is None or sign.color is None or sign.color.triplet is None:
            continue
        assert contrast(Color.from_rich_color(sign.bgcolor), Color.from_rich_color(sign.color)) >= 4.5, colour
        grounds.append(tint.get_truecolor())
    assert len(set(grounds)) == len(grounds)


def test_black_letters_on_the_marker_of_a_page_are_legible() -> None:
    for hue in HUES.values():
        assert contrast(Color(*marker(Color.parse(hue).rgb)), Color(0, 0, 0)) >= 4.5


def one(kind: Kind, colour: Colour = "yellow", resolved: bool = False) -> Annotation:
    return Annotation("id", "paper", kind, "mei", colour=colour, resolved=resolved)


def test_every_kind_and_every_colour_has_a_sign_of_its_own() -> None:
    looks = [look_of(one("highlight", colour)) for colour in HUES]
    looks += [look_of(one("comment")), look_of(one("question")), look_of(one("question", resolved=True))]
    looks += [look_of(one("note"))]
    signs = [sign for _, sign in looks]
    assert len(set(signs)) == len(signs) == 9
    assert signs[:5] == ["y", "r", "g", "b", "p"]
    # On the map letters are marks.
    assert {map_look(one("highlight", colour))[0] for colour in HUES} == {"▏"}


def test_a_highlight_has_its_letter_where_it_begins_and_a_line_where_it_goes_on() -> None:
    flow = (Block("paragraph", "words " * 30),)
    layout, inks = wrap(flow, Measure(30), {}), inks_of("cs229-dark")
    marks = [Mark(6, 160, *look_of(one("highlight", "red")), "id")]

    def gutter(row: int) -> str:
        segments: list[Segment] = list(draw_line(layout, row, marks, inks, Frame(3, 60)))
        return "".join(segment.text for segment in segments)[:3].strip()

    assert [gutter(row) for row in range(4)] == ["r", "▏", "▏", "▏"]
    question = Mark(0, 3, *look_of(one("question")), "other")
    marks.append(question)
    assert gutter(0) == "?"
