"""Keys that come all at once, as a fast typist's do over SSH, mean what they mean one by one."""

from textual.events import Key
from textual.widgets import Input, TextArea

from cs229tui.library.marks import mark_named
from open_reader import Opened, Reader

NAMES = {"/": "slash", "*": "asterisk", "$": "dollar_sign"}


async def at_once(reader: Reader, keys: str) -> None:
    for key in keys:
        reader.app.post_message(Key(NAMES.get(key, key), key))
    for _ in range(20):
        await reader.pilot.pause()


async def test_a_letter_right_after_the_key_that_asks_for_it_answers(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 5))
        await at_once(reader, "ma")
        assert mark_named(workspace.database, "a", "paper") is not None
        assert reader.app.screen is reader.screen
        await at_once(reader, "Hb")
        assert [one.colour for one in reader.annotations()] == ["blue"]


async def test_words_right_after_the_key_of_the_find_bar_are_looked_for(workspace):
    async with Opened(workspace) as reader:
        await at_once(reader, "/accountant")
        assert reader.screen.query_one(Input).value == "accountant"
        assert reader.screen.hits


async def test_what_is_typed_before_a_box_stands_is_written_in_it(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 5))
        await at_once(reader, "ahum")
        assert reader.app.screen.query_one(TextArea).text == "hum"


async def test_a_key_whose_widget_goes_does_not_hold_up_the_next(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await at_once(reader, "5jma")
        assert reader.text.cursor > (3, 0)
        reader.app._turn = 0.0
        reader.app._keys.append(Key("j", "j"))
        before = reader.text.cursor
        reader.app._hurry()
        for _ in range(5):
            await reader.pilot.pause()
        assert reader.text.cursor > before and reader.app._turn is None
