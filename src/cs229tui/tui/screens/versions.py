"""How the reader goes from one version of a reading to another: its PDF, its HTML, a file that was attached."""

from typing import ClassVar
from urllib.parse import urlsplit

from textual.binding import BindingType

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.documents.store import OpenDocument
from cs229tui.library.documents import Version, show_version, versions
from cs229tui.tui.actions import bindings
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.renewing import Renewing

_NAMES = {"pdf": "PDF", "html": "HTML", "markdown": "Markdown", "text": "Text"}
_GET_HTML = "get:html"
_GET = "get:"


class VersionList(Pick):
    """The versions of a reading; the key that opened it goes on to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pick"), *bindings("versions")]

    def action_next(self) -> None:
        """Show the version after the one that is shown."""
        values = [value for value, _, _ in self.options if not value.startswith(_GET)]
        if len(values) > 1 and self.current in values:
            self.dismiss(values[(values.index(self.current) + 1) % len(values)])
        else:
            self.dismiss(None)


class Versions(Renewing):
    """A screen with a passage that can show each of a reading's documents at the same place."""

    def action_versions(self) -> None:
        """Show which versions of the reading are here, to choose one or to get another."""
        if self.document is None:
            return
        here = versions(self.companion.database, self.reading.id)
        shown = self.document.record.sha256
        options = [
            (one.sha256, f"{'▸' if one.sha256 == shown else ' '} {_NAMES[one.format]}", _about(one))
            for one in sorted(here, key=lambda one: one.added)
        ]
        options += self._versions_to_get({one.format for one in here})
        self.app.push_screen(VersionList("Versions", options, shown), self._version_chosen)

    def _versions_to_get(self, formats: set[str]) -> list[tuple[str, str, str]]:
        """What is not here and could be had."""
        from cs229tui.documents.fetching.sources import plan

        found = []
        if "html" not in formats and (sources := plan(self.reading, html=True).sources):
            found.append((_GET_HTML, "  Get the HTML version", urlsplit(sources[0].address).hostname or ""))
        wanted = plan(self.reading).sources
        if "pdf" not in formats and wanted and wanted[0].want == "pdf":
            found.append((_GET, "  Get the PDF", urlsplit(wanted[0].address).hostname or ""))
        return found

    def _version_chosen(self, value: str | None) -> None:
        if not value or self.document is None or value == self.document.record.sha256:
            return
        if value.startswith(_GET):
            self.companion.fetching.add(self.reading.id, html=value == _GET_HTML, again=True)
            return
        with self.companion.reporting():
            show_version(self.companion.database, self.reading.id, value)
            self.companion.changed()
            self.refresh_data()
            record = self.document.record
            self.notify(f"{_NAMES[record.format]} · {_pages(record.format, record.pages)}", timeout=3, markup=False)

    def carried(self, before: OpenDocument | None, place: tuple[int, int]) -> tuple[int, int]:
        """Where in the document that is open now a place of the one before it is: by its words, if it is another."""
        now = self.document
        if before is None or now is None or before.record.sha256 == now.record.sha256:
            return place
        from cs229tui.documents.versions import same_place

        return same_place(before.pages, place, now.pages)


def _about(version: Version) -> str:
    host = urlsplit(version.source).hostname or "" if "://" in version.source else version.source
    return " · ".join(
        part for part in (_pages(version.format, version.pages), clean_line(host, 30), version.added[:10]) if part
    )


def _pages(kind: str, count: int) -> str:
    return counted(count, "page" if kind == "pdf" else "section")
