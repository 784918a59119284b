"""Make what the documentation shows: the pictures of the screens and the table of keys.

    python docs/make.py [--papers FOLDER] [--only keys|pictures|handouts]

The pictures are of the real program with the real course, on a frozen day, in a home of its own that is thrown away.
Papers are never shipped: `--papers` (or `CS229TUI_PAPERS`) names a folder with those of `PAPERS`; without it the reader
shows the guide, and the pictures of the others are left as they are. `class/` is a group's folder; its members are made
up. The pictures of runs are of real ones, which takes some minutes on two cores; those in the labs' handouts are of the
runs that `make reproduce` has left, as far as there are any.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"
WIDE, SMALL, BROAD = (120, 40), (80, 24), (170, 45)
DAY = "2023-02-14T12:{minute:02d}:00-05:00"
PAPER = "vaswani-2017-attention"
# What the reader is shown on besides: the picture's name, the file, the reading, and the page to show.
PAPERS = {
    "columns": ("resnet.pdf", "resnet", 3),
    "equations": ("muzero.pdf", "schrittwieser-2019-muzero", 12),
    "table": ("vit.pdf", "dosovitskiy-2020-vit", 6),
}
# What a lab's handout shows: the picture's name, the run below build/reproduce, and the keys that lead to it.
HANDOUTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("lab-transformer", "transformer/quick-1", ()),
    ("lab-dp_sgd", "dp_sgd/quick-1", ()),
    ("lab-diffusion", "diffusion/train-3", ()),
)

SCOPES = (
    "app",
    "rows",
    "today",
    "course",
    "library",
    "reader",
    "discuss",
    "notes",
    "labs",
    "run",
    "search",
    "settings",
)


def keys() -> str:
    """The table of keys, from the registry that the program itself uses."""
    from textual.keys import format_key

    from cs229tui.tui.actions import ACTIONS

    lines = [
        "# Keys",
        "",
        "Made by `make docs` from the registry the program itself uses. Every action has an id; `config.toml` gives it",
        'other keys under `[keys]`: `"reader.find" = "ctrl+f"`.',
    ]
    scopes = dict.fromkeys(action.scope for action in ACTIONS)
    for scope in sorted(scopes, key=lambda scope: SCOPES.index(scope) if scope in SCOPES else len(SCOPES)):
        title = "Everywhere" if scope == "app" else scope.replace("_", " ").capitalize()
        lines += ["", f"## {title}", "", "| Keys | What it does | Id |", "| --- | --- | --- |"]
        for action in ACTIONS:
            if action.scope == scope:
                shown = " ".join(f"`{format_key(key)}`" for key in action.keys.split(","))
                lines.append(f"| {shown} | {action.help} | `{action.id}` |")
    return "\n".join(lines) + "\n"


def command(*words: str) -> str:
    """Run `cs229tui WORDS` in the prepared home; what it printed."""
    done = subprocess.run([sys.executable, "-m", "cs229tui", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cs229tui {' '.join(words)}: {done.stderr}")
    return done.stdout


def furnish(papers: Path | None) -> str:
    """Give the home an evening's work; the id of the reading to show."""
    for reading in ("huang-2022-annotated-transformer", "kingma-2019-vae", "karras-2022-edm"):
        subprocess.run([sys.executable, "-m", "cs229tui", "set", reading, "--status", "done"], check=False)
    paper = papers / "1706.03762.pdf" if papers else None
    if paper is None or not paper.exists():
        return "guide"
    command("attach", PAPER, str(paper))
    command("set", PAPER, "--status", "reading", "--page", "4")
    softmax = "We suspect that for large values of dk, the dot products grow large in magnitude"
    command(
        "annotate",
        PAPER,
        "--page",
        "4",
        "--quote",
        softmax,
        "--kind",
        "question",
        "--body",
        "Why exactly the square root? Is it the variance of the sum?",
    )
    command(
        "annotate",
        PAPER,
        "--page",
        "5",
        "--quote",
        "Multi-head attention allows the model to jointly attend",
        "--kind",
        "comment",
        "--body",
        "One head averages this away: compare with **figure 2**.",
        "--tag",
        "heads",
    )
    command("annotate", PAPER, "--page", "4", "--quote", "dot-product attention is much faster", "--kind", "highlight")
    command(
        "note",
        "add",
        "Attention, in my own words",
        "--reading",
        PAPER,
        "--body",
        "A soft dictionary: *queries* look up *keys*, and read out a mixture of *values*.",
    )
    for file, _, _ in PAPERS.values():
        if (papers / file).exists():
            command("add", str(papers / file))
    if (papers / "2112.04426.pdf").exists():
        command("attach", "borgeaud-2021-retro", str(papers / "2112.04426.pdf"))
    shared = Path(os.environ["CS229TUI_HOME"]) / "reading-group"
    shutil.copytree(DOCS / "class", shared)
    command("group", "join", str(shared), "--yes")
    command("group", "sync")
    return PAPER


def run_labs() -> None:
    """A small sweep and then a whole run of the transformer, which waits in the queue until the sweep is over."""
    small = ("--param", "steps=150", "--param", "ngram=3", "--sweep", "muon_lr=0,0.01,0.03", "--seeds", "2")
    for minute, words in ((10, small), (30, ("--wait",))):
        os.environ["CS229TUI_NOW"] = DAY.format(minute=minute)
        command("lab", "run", "transformer", *words)
    os.environ["CS229TUI_NOW"] = DAY.format(minute=40)


async def _picture(
    name: str, size: tuple[int, int], *presses: str, reading: str | None = None, run: Path | None = None
) -> None:
    from cs229tui.labs.history import run_in
    from cs229tui.tui.app import Companion
    from cs229tui.workspace import Workspace

    app = Companion(Workspace(), reading)
    if run is not None and (record := run_in(run)) is not None:
        app.first_run = (record, False, None)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        for key in presses:
            await pilot.press(key)
            await pilot.pause(0.3)
        await pilot.pause(0.7)
        (PICTURES / f"{name}.svg").write_text(app.export_screenshot(title="cs229tui"), "utf-8")
    print(f"docs/pictures/{name}.svg")


def picture(
    name: str, size: tuple[int, int], *presses: str, reading: str | None = None, run: Path | None = None
) -> None:
    """Save the screen that `presses` lead to as `NAME.svg`, from a reading or the run in a folder if one is given."""
    asyncio.run(_picture(name, size, *presses, reading=reading, run=run))


def pictures(papers: Path | None) -> None:
    """Every picture the documentation shows."""
    picture("welcome", WIDE)
    reading = furnish(papers)
    picture("predict", WIDE, "escape", "6", "d")  # starts the diffusion lab, behind the question
    run_labs()
    picture("today", WIDE, "escape")  # leaves the welcome, for good
    picture("today-80x24", SMALL)
    picture("course", WIDE, "2")
    picture("library", WIDE, "3")
    picture("reader", WIDE, reading=reading)
    picture("reader-80x24", SMALL, reading=reading)
    for name, (file, other, page) in PAPERS.items():
        if papers is None or not (papers / file).exists():
            continue
        for size, suffix in ((WIDE, ""), (SMALL, "-80x24")):
            picture(name + suffix, size, "colon", *str(page), "enter", reading=other)
    picture("find", WIDE, "slash", *"softmax", "enter", reading=reading)
    picture("outline", WIDE, "o", reading=reading)
    picture("card", WIDE, "K", reading=reading)
    picture("page", WIDE, "p", reading=reading)
    picture("figure", WIDE, "f", "i", reading=reading)
    picture("side-by-side", BROAD, "vertical_line", reading=reading)
    picture("video", WIDE, reading="jones-2022-cuda-video")
    picture("discuss", WIDE, "4", "s", "g")
    picture("discuss-80x24", SMALL, "4", "s", "g")
    question = "Is $\\sqrt{d_k}$ there for the *variance* of the sum? @Mei_Lin says so. #scaling "
    picture("writing", WIDE, "q", *question, "ctrl+r", reading=reading)
    picture("confusion", WIDE, "4", "C")
    picture("score", WIDE, "3", "i", *"attention is all", "enter", "S")
    picture("groups", WIDE, "f9")
    picture("notes", WIDE, "5")
    picture("labs", WIDE, "6")
    # The sweep stands first; below it the run of the transformer, and that of diffusion.
    picture("compare", WIDE, "6", "tab", "c")
    picture("run", WIDE, "6", "tab", "j", "enter")
    picture("run-80x24", SMALL, "6", "tab", "j", "enter")
    picture("run-images", WIDE, "6", "tab", "j", "j", "enter")
    picture("lab-form", WIDE, "6", "enter")
    picture("search", WIDE, "slash", *"attention")


def handouts() -> None:
    """The pictures of runs in the labs' handouts; a run that is not there leaves its picture as it is."""
    for name, folder, presses in HANDOUTS:
        run = DOCS.parent / "build" / "reproduce" / folder
        if run.is_dir():
            picture(name, WIDE, *presses, run=run)
        else:
            print(f"docs/pictures/{name}.svg stays: make reproduce LAB={folder.split('/')[0]}")


def main() -> None:
    """Make all of it, or only the part asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path, default=os.environ.get("CS229TUI_PAPERS"))
    parser.add_argument("--only", choices=("keys", "pictures", "handouts"))
    chosen = parser.parse_args()
    papers = Path(chosen.papers) if chosen.papers else None
    if chosen.only in (None, "keys"):
        (DOCS / "keys.md").write_text(keys(), "utf-8")
        print("docs/keys.md")
    if chosen.only != "keys":
        PICTURES.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as home:
            os.environ |= {
                "CS229TUI_HOME": home,
                "CS229TUI_NOW": DAY.format(minute=0),
                "TEXTUAL_ANIMATIONS": "none",
                "USER": "ada",
            }
            if chosen.only != "handouts":
                pictures(papers)
            handouts()


if __name__ == "__main__":
    main()
