"""The student's readings as text to learn from."""

from sqlite_utils import Database

from cs229tui.config import Settings
from cs229tui.folders import Folders
from cs229tui.labs import launch
from cs229tui.labs.find import lab_named
from cs229tui.labs.library_texts import write_library_texts
from cs229tui.labs.life import look
from cs229tui.library.documents import DocumentRecord, Page, attach, store_document


def add(database: Database, sha256: str, *texts: str) -> None:
    pages = [Page(number, str(number), 600, 800, text) for number, text in enumerate(texts, 1)]
    record = DocumentRecord(sha256, "pdf", 1, len(pages), "", "", "test/1", (), b"", ())
    store_document(database, record, pages)
    attach(database, f"reading-{sha256[:2]}", sha256, "")


def test_every_attached_document_is_a_file_with_its_parted_words_whole(bench_library: Database, bench_folders: Folders):
    add(bench_library, "aa" * 32, "atten\ufffe\ntion is", "all you need")
    add(bench_library, "bb" * 32, "privacy")
    folder = write_library_texts(bench_library, bench_folders)
    texts = {path.name[:2]: path.read_text("utf-8") for path in folder.iterdir()}
    assert texts == {"aa": "attention is\nall you need", "bb": "privacy"}


def test_what_is_no_longer_attached_goes(bench_library: Database, bench_folders: Folders):
    add(bench_library, "aa" * 32, "one")
    folder = write_library_texts(bench_library, bench_folders)
    bench_library.execute("DELETE FROM attachment")
    bench_library.conn.commit()
    write_library_texts(bench_library, bench_folders)
    assert list(folder.iterdir()) == []


def test_a_lab_that_asks_for_the_library_finds_it(bench_library: Database, bench_folders: Folders, torch_there: None):
    from bench import make_lab, until

    add(bench_library, "aa" * 32, "deep learning")
    folder = make_lab(
        bench_folders.labs,
        main="start()\nplace = pathlib.Path(os.environ['CS229TUI_LIBRARY_TEXT'])\n"
        "end(text=next(place.glob('*.txt')).read_text())\n",
    )
    spec = folder / "lab.toml"
    choices = 'type = "choice"\nchoices = ["auto", "library"]\ndefault = "auto"'
    spec.write_text(spec.read_text().replace('type = "str"\ndefault = ""', choices), "utf-8")
    lab = lab_named(bench_folders, "parabola")
    record = launch.launch(bench_library, bench_folders, Settings(), lab, changed={"text": "library"})
    until(lambda: not look(record).alive)
    assert look(record).record.summary == {"text": "deep learning"}
