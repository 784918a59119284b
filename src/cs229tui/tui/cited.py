"""Cited works and the library: which reading an entry is, what can be done with it, adding one that is missing."""

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from cs229tui.clean import clean_line
from cs229tui.documents.crossrefs.works import Work, cited_work, linked_work, listed_work
from cs229tui.errors import NotFoundError, ReportableError
from cs229tui.library.documents import attached
from cs229tui.library.readings import state_of
from cs229tui.tui import marks
from cs229tui.tui.reading.faces import Offer

if TYPE_CHECKING:
    from cs229tui.course.model import Reading
    from cs229tui.documents.crossrefs.pointers import Pointers
    from cs229tui.tui.app import Companion

Cited = int | str
"""An entry of the references (from 0), or an address."""
_LOOK_UP = "https://scholar.google.com/scholar?q="


class CitedWorks:
    """The works that one document cites, as the library knows them."""

    def __init__(self, app: "Companion", pointers: "Pointers", citing: str) -> None:
        self.app = app
        self.pointers = pointers
        self.citing = citing
        self._works: dict[int, Work] = {}

    def work(self, cited: Cited) -> Work:
        """What an entry of the references says of its work, or an address of what is there."""
        if isinstance(cited, str):
            return linked_work(cited)
        if cited not in self._works:
            self._works[cited] = cited_work(self.pointers.entries[cited], self.pointers.addresses(cited))
        return self._works[cited]

    def reading(self, cited: Cited) -> "Reading | None":
        """The reading that a work is, if it is in the library."""
        text = self.pointers.entries[cited].text if isinstance(cited, int) else ""
        return listed_work(self.app.catalog(), self.work(cited), text)

    def offers(self, cited: Cited) -> tuple[Offer, ...]:
        """What can be done with the work itself."""
        work, reading = self.work(cited), self.reading(cited)
        found: list[Offer] = []
        if reading is not None and reading.id != self.citing:
            here = attached(self.app.database).get(reading.id)
            standing = marks.standing(state_of(self.app.database, reading.id), here[1] if here else None).plain
            found.append(Offer("act('open')", f"open it, in your library ({standing})"))
            if here is None:
                found.append(Offer("act('fetch')", "fetch its text"))
        elif reading is None and work.names:
            name = f"arXiv {work.arxiv}" if work.arxiv else f"doi {work.doi}" if work.doi else "it"
            found.append(Offer("act('fetch')", f"add {clean_line(name, 60)} and fetch it"))
        if reading is None or reading.id != self.citing:
            found.append(Offer("act('browse')", "in the browser" if work.address else "look for it on the web"))
        return tuple(found)

    def open(self, cited: Cited) -> None:
        """Open the reading that a work is, over this one."""
        reading = self.reading(cited)
        if reading is None:
            raise NotFoundError("This work is not in your library.")
        self.app.open_reading(reading.id)

    def browse(self, cited: Cited) -> None:
        """Show the work in the browser; one without an address is looked for by its title."""
        if isinstance(cited, str):
            self.app.open_link(cited)
            return
        work = self.work(cited)
        self.app.open_link(work.address or _LOOK_UP + quote_plus(f"{work.title} {' '.join(work.authors[:1])}"))

    def fetch(self, cited: Cited) -> None:
        """Fetch the work's text; a work that is no reading yet becomes one first."""
        reading = self.reading(cited)
        if reading is not None:
            if reading.id in attached(self.app.database):
                self.app.notify(f"{reading.short} is here already: o opens it.", timeout=4, markup=False)
            else:
                self.app.fetching.add(reading.id)
            return
        work = self.work(cited)
        if not work.names:
            raise NotFoundError("The entry names no address of this work.", "b looks for it on the web.")
        self.app.notify(f"Adding “{clean_line(work.title or work.names, 60)}” …", timeout=3, markup=False)
        self.app.run_worker(lambda: self._add(work), group="adding", thread=True, exit_on_error=False)

    def _add(self, work: Work) -> None:
        # In a worker with a connection of its own: arXiv or Crossref is asked for the facts.
        from cs229tui.documents.adding import add
        from cs229tui.library.database import open_library

        try:
            database = open_library(self.app.folders.database)
            try:
                added = add(database, self.app.folders, self.app.catalog(), work.names)
                reading = self._completed(added.reading, work) if added.new and added.warning else added.reading
                if reading is not added.reading:
                    from cs229tui.library.readings import add_reading

                    add_reading(database, reading)
            finally:
                database.close()
        except ReportableError as error:
            self.app.call_from_thread(self.app.report, error)
        else:
            self.app.call_from_thread(self._added, reading.id)

    def _completed(self, reading: "Reading", work: Work) -> "Reading":
        """Where nobody could be asked, what the entry itself says is better than a number."""
        import msgspec

        if len(work.title) < 4:
            return reading
        authors = tuple(clean_line(author, 100) for author in work.authors)
        return msgspec.structs.replace(reading, title=clean_line(work.title, 300), authors=authors, year=work.year)

    def _added(self, reading: str) -> None:
        self.app.changed()
        if reading in attached(self.app.database):
            self.app.notify(f"{self.app.catalog()[reading].short} is here: o opens it.", timeout=4, markup=False)
        else:
            self.app.fetching.add(reading)
