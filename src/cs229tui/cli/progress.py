"""How far one is with a reading, page by page: `progress`."""

from typing import Any

import click

from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.course.model import Reading
from cs229tui.library.coverage import USUAL_PACE, coverage, own_pace, page_lengths, seconds_by_page
from cs229tui.library.documents import attached, page_texts
from cs229tui.library.readings import state_of
from cs229tui.library.sessions import sessions
from cs229tui.library.videos import video_state
from cs229tui.workspace import Workspace


@click.command("progress", short_help="Which pages of a reading were read, and which only skimmed.")
@click.argument("reading")
@json_option
@pass_workspace
def progress_command(workspace: Workspace, reading: str, as_json: bool) -> None:
    """Say of each page of READING whether it was read, skimmed or not seen, by the active time spent on it.

    A page counts as read after half of the time that its characters take at your own pace, which is learned from what
    you read; until then, at 1100 characters a minute.
    """
    entry = progress_entry(workspace, workspace.reading(reading))
    if as_json:
        show_json(entry)
        return
    rows = [(page["number"], page["label"], page["seen"], f"{page['seconds']:.0f} s") for page in entry["pages"]]
    show_table(rows, ("page", "printed", "seen", "time"))
    counted = f"{entry['read']} read, {entry['skimmed']} skimmed of {len(rows)} pages; " if rows else ""
    say(
        f"{entry['id']}: {entry['status']}; {counted}{entry['seconds'] / 60:.0f} min in {_sittings(entry['sittings'])}."
    )


def progress_entry(workspace: Workspace, reading: Reading) -> dict[str, Any]:
    """A reading's progress as `progress --json` gives it; without a document there are no pages to speak of."""
    database = workspace.database
    state, sittings = state_of(database, reading.id), sessions(database, reading=reading.id)
    here = attached(database).get(reading.id)
    learned = own_pace(database)
    pages: list[dict[str, Any]] = []
    if here:
        spent = seconds_by_page(sittings, here[0])
        lengths = page_lengths(database, here[0])
        seen = coverage(lengths, spent, learned or USUAL_PACE)
        labels = [page.label for page in page_texts(database, here[0])]
        pages = [
            {"number": number, "label": label, "characters": length, "seconds": round(seconds, 1), "seen": how}
            for number, (label, length, seconds, how) in enumerate(
                zip(labels, lengths, seen.seconds, seen.pages, strict=True), 1
            )
        ]
    video = video_state(database, reading.id)
    return {
        "id": reading.id,
        "status": state.status,
        "page": state.page,
        "place": state.place,
        "seconds": round(sum(sitting.seconds for sitting in sittings), 1),
        "sittings": len(sittings),
        "characters_a_minute": round(learned or USUAL_PACE),
        "pace_is_own": learned is not None,
        "read": sum(page["seen"] == "read" for page in pages),
        "skimmed": sum(page["seen"] == "skimmed" for page in pages),
        "unseen": sum(page["seen"] == "unseen" for page in pages),
        "pages": pages,
        "position": video.position,
        "length": video.length,
    }


def _sittings(count: int) -> str:
    return f"{count} sitting{'s' * (count != 1)}"
