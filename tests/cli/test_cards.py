"""`cards`, `progress` and annotations on moments of videos, at the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cs229tui.library.cards import add_card, answer
from cs229tui.library.passages import Passage
from cs229tui.library.sessions import Session, save_session
from cs229tui.workspace import Workspace
from small_paper import TEXTS, stored

Run = Callable[..., Any]
ABADI, CUDA = "abadi-2016-dp-sgd", "jones-2022-cuda-video"


def test_cards_are_listed(run: Run, workspace: Workspace) -> None:
    passage = Passage("a" * 64, "x", 6, 0, 3, "abc")
    known = add_card(workspace.database, ABADI, "known", "")
    made = add_card(workspace.database, CUDA, "What is a warp?", "32 threads", passage)
    answer(workspace.database, known.id, "easy")
    assert {one["id"] for one in run("cards", "--json").json} == {made.id, known.id}
    (due,) = run("cards", "--due", "--json").json
    assert set(due) == {
        *("id", "reading", "front", "back", "passage", "due", "created", "updated", "reviews"),
    }
    assert (due["id"], due["passage"]["page"], due["reviews"]) == (made.id, 6, [])
    assert [one["id"] for one in run("cards", "--reading", "abadi-2016", "--json").json] == [known.id]
    assert "p 6" in run("cards").out and "What is a warp? — 32 threads" in run("cards").out


def test_cards_go_to_anki(run: Run, workspace: Workspace, tmp_path: Path) -> None:
    add_card(workspace.database, ABADI, "naïve “front”", "back")
    file = tmp_path / "cards.txt"
    assert "Wrote 1 card to" in run("cards", "export", "--anki", str(file)).err
    assert "\tnaïve “front”\tback\t" in file.read_text("utf-8")
    again = run("cards", "export", "--anki", str(file))
    assert again.code == 1 and "there already" in again.err
    assert run("cards", "export", "--anki", str(file), "--force").code == 0
    assert run("cards", "export", "--anki", str(tmp_path / "no" / "x")).code == 1
    assert run("cards", "export").code == 2


def test_cards_are_backed_up_and_exported(run: Run, workspace: Workspace, tmp_path: Path) -> None:
    add_card(workspace.database, ABADI, "front", "back")
    assert run("backup", str(tmp_path / "b.db"), "--json").json["cards"] == 1
    run("export", str(tmp_path / "all"))
    assert '"front": "front"' in (tmp_path / "all" / "cards.json").read_text("utf-8")


def test_progress_tells_read_pages_from_skimmed(run: Run, workspace: Workspace) -> None:
    stored(workspace.database, ABADI, tuple("x" * 2200 + text for text in TEXTS), "a" * 64)
    save_session(workspace.database, Session(ABADI, "2023-02-01T10:00:00.000Z", "", {1: 90.0, 2: 5.0}, "a" * 64))
    save_session(workspace.database, Session(ABADI, "2023-01-01T10:00:00.000Z", "", {3: 500.0, 9: 5.0}, "b" * 64))
    told = run("progress", "abadi-2016", "--json").json
    assert [(page["number"], page["seconds"], page["seen"]) for page in told["pages"]] == [
        (1, 90.0, "read"),
        (2, 5.0, "skimmed"),
        (3, 0.0, "unseen"),
    ]
    assert (told["read"], told["skimmed"], told["unseen"], told["seconds"], told["sittings"]) == (1, 1, 1, 600.0, 2)
    assert (told["characters_a_minute"], told["pace_is_own"]) == (1100, False)
    shown = run("progress", "abadi-2016")
    assert "1 read, 1 skimmed of 3 pages; 10 min in 2 sittings." in shown.err and "skimmed" in shown.out
    assert run("progress", CUDA, "--json").json["pages"] == []
    assert run("progress", "nothing-2020").code == 3


def test_a_moment_of_a_video_is_annotated(run: Run, workspace: Workspace) -> None:
    made = run("annotate", CUDA, "--at", "15m30s", "--comment", "Here.", "--tag", "gpu", "--json").json
    assert (made["second"], made["kind"], made["body"], made["page"]) == (930.0, "comment", "Here.", None)
    asked = run("annotate", CUDA, "--at", "20:05", "--question", "Why?", "--json").json
    assert asked["kind"] == "question"
    plain = run("annotate", CUDA, "--at", "1:02:03", "--kind", "question", "--body", "And?")
    assert "1:02:03  question" in plain.out
    assert "  15:30    comment" in run("annotations", CUDA).out
    assert [hit["second"] for hit in run("search", "here", "--json").json if hit["kind"] == "annotation"] == [930.0]


def test_what_cannot_be_meant_is_refused(run: Run, workspace: Workspace) -> None:
    for words, said in (
        ((CUDA, "--at", "soon", "--comment", "x"), "no moment"),
        ((CUDA, "--at", "3:00", "--quote", "x", "--comment", "x"), "do not go together"),
        ((CUDA, "--comment", "x"), "not said"),
        ((CUDA, "--at", "3:00", "--comment", "x", "--body", "y"), "one comment"),
        ((CUDA, "--at", "3:00", "--comment", "x", "--kind", "question"), "one comment"),
        ((CUDA, "--at", "3:00", "--page", "3", "--comment", "x"), "no page"),
        ((CUDA, "--at", "3:00"), "words"),
        (("vaswani-2017-attention", "--at", "3:00", "--comment", "x"), "no video"),
    ):
        done = run("annotate", *words)
        assert done.code == 2 and said in done.err, words


def test_a_video_file_stays_where_it_is(run: Run, workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "talk.mkv"
    file.touch()
    assert run("attach", CUDA, str(file), "--json").json["file"] == str(file)
    assert run("attach", "vaswani-2017-attention", str(file)).code == 2
    assert run("attach", CUDA, str(tmp_path / "gone.mp4")).code == 3


def test_an_added_address_of_a_video_is_a_video(run: Run, workspace: Workspace) -> None:
    made = run("add", "https://youtu.be/abcdefghijk?t=75", "--json").json
    assert (made["kind"], made["title"]) == ("video", "youtube abcdefghijk")
