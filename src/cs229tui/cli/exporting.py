"""Everything the student has, as files that other programs read; which files those are, and writing them safely."""

import dataclasses
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import structs, to_builtins

from cs229tui.annotations.formats.contents import Contents, contents
from cs229tui.annotations.formats.jsonld import jsonld
from cs229tui.annotations.formats.markdown import escaped, heading, lecture_markdown, reading_markdown
from cs229tui.cli.course import lecture_entries, reading_entry
from cs229tui.course.model import Reading
from cs229tui.errors import ReportableError
from cs229tui.library.cards import cards
from cs229tui.library.documents import attached
from cs229tui.library.notes import Note, notes
from cs229tui.library.predictions import predictions
from cs229tui.library.readings import ReadingState, states
from cs229tui.library.runs import runs
from cs229tui.library.sessions import seconds_by_reading, sessions
from cs229tui.workspace import Workspace

# What an earlier export wrote, with the hashes of the files, so that nothing else is ever replaced.
MANIFEST = ".cs229tui-export.json"
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}


def export_files(workspace: Workspace) -> dict[str, str]:
    """Every file of an export: its path below the folder, and its text."""
    database, catalog = workspace.database, workspace.catalog()
    known, documents, spent = states(database), attached(database), seconds_by_reading(database)
    held = contents(database, catalog, private=True)
    marked = {one.reading for one in held.annotations if one.reading}
    written: dict[str, list[Note]] = defaultdict(list)
    every_note = notes(database)
    for note in every_note:
        if note.reading:
            written[note.reading].append(note)
    entries = []
    for reading in catalog.values():
        state = known.get(reading.id, ReadingState(reading.id))
        more = {"place": state.place, "rating": state.rating, "priority": state.priority, "opened": state.opened}
        seconds = round(spent.get(reading.id, 0.0), 1)
        entries.append(reading_entry(reading, state, documents) | more | {"seconds": seconds})
    files = {
        "lectures.json": _json(lecture_entries(workspace)),
        "readings.json": _json(entries),
        "annotations.jsonld": jsonld(held),
        "notes.json": _json(to_builtins(every_note)),
        "cards.json": _json(to_builtins(cards(database))),
        "sessions.json": _json(
            [structs.asdict(session) | {"seconds": session.seconds} for session in sessions(database)]
        ),
        "runs.json": _json([dataclasses.asdict(run) for run in runs(database)]),
        "predictions.json": _json([dataclasses.asdict(one) for one in predictions(database)]),
    }
    for id in {*known, *marked, *written}:
        # A reading that is no longer in the course, or was taken out, keeps what was written on it.
        reading = catalog.get(id) or Reading(id=id, title=id, lectures=(0,))
        text = _reading_text(reading, known.get(id), held, written[id], spent.get(id, 0.0))
        files[f"readings/{safe_name(id)}.md"] = text
    for lecture in workspace.course.lectures:
        if any(one.lecture == lecture.number for one in held.annotations):
            text = lecture_markdown(lecture.number, lecture.title, held)
            files[f"readings/lecture-{lecture.number:02d}.md"] = text
    for note in every_note:
        files[f"notes/{safe_name(note.title, 60)}-{note.id[:8]}.md"] = _note_text(note, catalog.get(note.reading or ""))
    return files


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write `files` below `folder`; nothing there is replaced but what an earlier export wrote and nobody changed."""
    manifest = folder / MANIFEST
    ours = _ours(manifest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [name for name in files if not _may_write(folder, name, ours)]
        if foreign:
            some = ", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else "")
            raise ReportableError(
                f"{folder} holds files that no export wrote, or that were changed since: {some}.",
                "Move them away, or export to another folder; nothing was written.",
            )
        # First the list and then the files: an export that is cut off can be repeated.
        digests = {name: _digest(text) for name, text in files.items()}
        _write(manifest, _json({name: [*ours.get(name, []), digest] for name, digest in digests.items()}))
        for name, text in files.items():
            _write(folder / name, text)
        for name in set(ours) - set(files):
            if safe_path(name) and _may_write(folder, name, ours):
                (folder / name).unlink(missing_ok=True)
        _write(manifest, _json({name: [digest] for name, digest in digests.items()}))
    except OSError as error:
        raise ReportableError(
            f"{error.filename or folder} cannot be written: {error.strerror}.", "Choose another folder."
        ) from error


def safe_name(name: str, most: int = 80) -> str:
    """A file name that every system takes and that no other `name` gets."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:most].rstrip("-.")
    if plain and plain == name and plain == plain.lower() and plain.split(".")[0] not in _RESERVED:
        return plain
    return f"{plain or 'unnamed'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def safe_path(name: str) -> bool:
    """Whether `name` can be the path of a file of an export; what a manifest says is not taken on trust."""
    return re.fullmatch(r"((readings|notes)/)?[A-Za-z0-9_-][A-Za-z0-9._-]*", name) is not None


def _ours(manifest: Path) -> dict[str, list[str]]:
    try:
        known = json.loads(manifest.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ReportableError(f"{manifest} cannot be read: {error}.", "Export to another folder.") from error
    if not isinstance(known, dict) or not all(isinstance(digests, list) for digests in known.values()):
        raise ReportableError(f"{manifest} is not what an export writes.", "Export to another folder.")
    return known


def _may_write(folder: Path, name: str, ours: dict[str, list[str]]) -> bool:
    file = folder / name
    if file.parent.is_symlink() or file.is_symlink():
        return False
    if not file.exists():
        return True
    return name in ours and file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() in ours[name]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.part")
    partial.write_text(text, "utf-8", newline="")
    partial.replace(file)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _reading_text(
    reading: Reading, state: ReadingState | None, held: Contents, written: Iterable[Note], seconds: float
) -> str:
    head = "\n".join(heading(reading)).rstrip() + "\n"
    lines = [head, f"- id: `{reading.id}`"]
    if state is not None:
        lines.append(f"- status: {state.status}")
        lines += [f"- page: {state.page}"] if state.page else []
        lines += [f"- rating: {state.rating} of 5"] if state.rating else []
        lines += [f"- priority: {state.priority}"] if state.priority else []
        lines += [f"- last opened: {state.opened}"] if state.opened else []
    if seconds:
        lines.append(f"- read for: {seconds / 60:.0f} min")
    said = reading_markdown(reading, held)[len(head) :].strip()
    lines += ["", said, ""] if said else [""]
    for note in written:
        lines += [f"## Note: {escaped(note.title)}", "", note.body.strip(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _note_text(note: Note, reading: Reading | None) -> str:
    about = [f"- on: {escaped(reading.title)} (`{reading.id}`)"] if reading else []
    about += [f"- lecture: {note.lecture}"] if note.lecture is not None else []
    dates = f"- written {note.created[:10]}, changed {note.updated[:10]}"
    return "\n".join([f"# {escaped(note.title)}", "", *about, dates, "", note.body.strip()]).rstrip() + "\n"
