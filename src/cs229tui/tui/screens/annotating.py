"""What the reader can do to a passage and to what is written on it; every change can be undone."""

from functools import partial
from typing import get_args

from cs229tui.annotations import make
from cs229tui.annotations.cards import card_on, hidden, passage_at
from cs229tui.library.annotations import Annotation, Colour, Kind, Quad
from cs229tui.library.cards import delete_card
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.screens.answering import Answering
from cs229tui.tui.screens.card_editor import CardEditor
from cs229tui.tui.screens.following import Following
from cs229tui.tui.widgets.annotation_editor import Written

_COLOURS: tuple[Colour, ...] = get_args(Colour)


class Annotating(Answering, Following):
    """A screen with a passage one can write on."""

    _colour: Colour = "yellow"

    def _chosen(self) -> Selection:
        """What is selected, else the sentence under the cursor."""
        return self.passage.selection or select.sentence_at(self.passage.flow, self.passage.cursor)

    def _where(self, chosen: Selection) -> str:
        page = self.passage.places.page(chosen.start)
        return self.passage.labels.get(page) or str(page)

    # Copies

    def action_copy(self) -> None:
        """Copy the selection as text."""
        text = select.text_of(self.passage.flow, self._chosen())
        self.passage.unselect()
        self.companion.copy(text)

    def action_copy_quote(self) -> None:
        """Copy the selection as a Markdown quote that says where it is from."""
        chosen = self._chosen()
        self.passage.unselect()
        self.companion.copy(self._quoted(chosen), "the quote with its source")

    def action_copy_latex(self) -> None:
        """Copy the selection as LaTeX that says where it is from."""
        from cs229tui.tui.reading.latex import latex

        chosen = self._chosen()
        self.passage.unselect()
        source = f"{select.citation(self.reading, self._where(chosen))} {self.reading.url}".strip()
        self.companion.copy(latex(self.passage.flow, chosen, source), "the quote as LaTeX")

    def _quoted(self, chosen: Selection) -> str:
        text = select.text_of(self.passage.flow, chosen)
        return select.markdown_quote(text, select.citation(self.reading, self._where(chosen)), self.reading.url)

    def action_note(self) -> None:
        """Write a note that begins with the selection."""
        chosen = self._chosen()
        quoted = self._quoted(chosen)
        spans = self.passage.places.spans(chosen.start, chosen.end)
        passage = passage_at(self.companion.database, self.reading.id, spans)
        self.passage.unselect()
        self.companion.write_note(reading=self.reading.id, body=quoted + "\n", passage=passage)

    def action_card(self) -> None:
        """Make a flash card of it; words selected within a sentence are hidden in it."""
        chosen = self._chosen()
        front, back = self._sides(chosen)
        page, place = self.passage.places.place(chosen.start)
        spans = self.passage.places.spans(chosen.start, chosen.end)
        app, key = self.companion, f"card:{self.reading.id}:{page}:{place}"

        def keep(sides: tuple[str, str] | None) -> None:
            self.alive()
            if sides is None:
                return
            with app.reporting():
                made = card_on(app.database, self.reading.id, spans, *sides)
                editor.forget_drafts()
                app.push_undo("flash card", lambda: delete_card(app.database, made.id))
                self.passage.unselect()
                app.changed()
                app.notify("Kept; Notes (5) and c show the cards.", timeout=3)

        title = f"Flash card on p {self._where(chosen)}"
        editor = CardEditor(title, front, back, self.drafts, key, self.alive)
        app.push_screen(editor, keep)

    def _sides(self, chosen: Selection) -> tuple[str, str]:
        flow = self.passage.flow
        sentence = select.sentence_at(flow, chosen.start)
        text = select.text_of(flow, sentence)
        inside = sentence.start <= chosen.start and chosen.end <= sentence.end and chosen != sentence
        if self.passage.selection is None or not inside or not text:
            return "", select.text_of(flow, chosen)
        block, start = sentence.start
        lead = len(flow[block].text[start:]) - len(flow[block].text[start:].lstrip())
        return hidden(text, *(at - start - lead for at in (chosen.start[1], chosen.end[1]))), text

    # Writing on a passage

    def chosen_box(self) -> tuple[int, Quad, str] | None:
        """The page, the box on it and what the text says of it, where that is to be written on instead of words."""
        return None

    def box_written(self) -> None:
        """The box has what was to be written on it."""

    def action_highlight(self) -> None:
        """Highlight it in the colour last used; a letter right after changes the colour."""
        made = self._write(self._chosen(), "highlight", "", self.chosen_box())
        self.ask_colour(made.id, undo=False)

    def ask_colour(self, id: str, undo: bool = True) -> None:
        """Let the very next key choose the colour of a highlight; `undo` is its own where that was not just made."""
        names = self.companion.settings.highlights
        shown = "  ".join(f"{one[0]} {names.get(one) or one}" for one in _COLOURS)
        self.passage.expect(f"colour? {shown}", {one[0]: partial(self._recolour, id, one, undo) for one in _COLOURS})

    def _recolour(self, id: str, colour: Colour, undo: bool) -> None:
        self._colour = colour
        app = self.companion
        with app.reporting():
            before = make.edit(app.database, id, colour=colour)
            if undo and before.colour != colour:
                app.push_undo(f"colour {colour}", lambda: make.restore(app.database, before))
            app.changed()

    def action_annotate(self, kind: Kind) -> None:
        """Write a comment, a question or a private note on it."""
        region, chosen = self.chosen_box(), self._chosen()
        quote = region[2] if region else select.text_of(self.passage.flow, chosen)
        if not quote and not region:
            self.companion.notify("There is no text here to write on.", timeout=3)
            return
        page, place = self.passage.places.place(chosen.start)
        key = f"{kind}:{self.reading.id}:{page}:{place}"
        if region:
            key = f"{kind}:{self.reading.id}:{region[0]}:" + ",".join(f"{side:.0f}" for side in region[1])

        def store(written: Written) -> None:
            self._write(chosen, written.kind, written.body, region)

        title = f"on a part of p {region[0]}" if region else f"on p {self._where(chosen)}"
        self.write(title, quote, key, store, kind=kind)

    def action_annotate_whole(self) -> None:
        """Write on the whole reading."""
        app = self.companion

        def store(written: Written) -> None:
            made = make.annotate_reading(
                app.database, self.reading.id, written.kind, written.body, author=app.settings.author
            )
            app.push_undo(f"{made.kind} on the whole reading", lambda: make.remove(app.database, made.id))
            app.changed()

        self.write("on the whole reading", "", f"whole:{self.reading.id}", store)

    def _write(
        self, chosen: Selection, kind: Kind, body: str, region: tuple[int, Quad, str] | None = None
    ) -> Annotation:
        app = self.companion
        colour: Colour = self._colour if kind == "highlight" else "yellow"
        author = app.settings.author
        if region is not None:
            page, box, caption = region
            made = make.annotate_region(
                app.database, self.reading.id, page, box, kind, body, colour=colour, author=author, caption=caption
            )
            self.box_written()
        else:
            spans = self.passage.places.spans(chosen.start, chosen.end)
            made = make.annotate_span(app.database, self.reading.id, spans, kind, body, colour=colour, author=author)
        where = str(region[0]) if region else self._where(chosen)
        app.push_undo(f"{kind} on p {where}", lambda: make.remove(app.database, made.id))
        self.passage.unselect()
        app.changed()
        return made

    # What is written

    def action_open_thread(self) -> None:
        """While text is selected: highlight it; else to the thread of the passage under the cursor."""
        if self.passage.origin is not None:
            self.action_highlight()
        else:
            super().action_open_thread()
