"""`cs229tui lab list`, `lab show`, `lab runs` and `lab predict`: what there is, what was run, what she expects."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from cs229tui.cli.lab_facts import lab_facts, run_facts, view_facts
from cs229tui.cli.lab_following import found_run, tell
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import LabError, NotFoundError, UsageError
from cs229tui.library.run_history import Order
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labkit.spec import Question
    from cs229tui.labs.find import Lab


@click.command("list")
@click.option("--lecture", type=int, help="Only the labs of this lecture.")
@json_option
@pass_workspace
def list_labs(workspace: Workspace, lecture: int | None, as_json: bool) -> None:
    """List the labs: key, presets with what they take here, the last verdicts."""
    from cs229tui.labs.estimates import estimate, past_runs
    from cs229tui.labs.find import labs
    from cs229tui.labs.words import tally
    from cs229tui.library.runs import last_run

    found = [lab for lab in labs(workspace.folders) if lecture is None or lab.lecture == lecture]
    if as_json:
        show_json([lab_facts(workspace, lab) for lab in found])
        return
    rows = []
    for lab in found:
        told, judged = lab.error, last_run(workspace.database, lab.name, verdicts=True)
        if lab.spec is not None and not lab.error:
            past = past_runs(workspace.database, lab.name)
            times = {name: estimate(lab.spec, name, past).words for name in lab.spec.presets}
            told = ", ".join(f"{name} ({words})" for name, words in times.items())
        rows.append((lab.name, lab.lecture or "", lab.key, lab.title, tally(judged.verdicts) if judged else "", told))
    show_table(rows, ("name", "lecture", "key", "title", "claims", "presets"))


@click.command("runs")
@click.argument("words", nargs=-1)
@click.option("--alive", is_flag=True, help="Only those that are going on, or wait.")
@click.option("--order", type=click.Choice(get_args(Order)), default="newest", show_default=True, help="What is first.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@json_option
@pass_workspace
def list_runs(
    workspace: Workspace, words: tuple[str, ...], alive: bool, order: Order, limit: int | None, as_json: bool
) -> None:
    """List the runs, those that go on first.

    WORDS narrow them as in the tab Labs: a lab, a preset, a state, confirmed, missed, lr=0.01, lr<0.1, sweep:ID,
    since:2d, since:2023-02-14, and -word or !word for what is not so (put `--` before a word that begins with -).
    """
    from cs229tui.labs.find import labs
    from cs229tui.labs.life import look
    from cs229tui.labs.queue import refreshed
    from cs229tui.labs.words import duration, ordinal, tally
    from cs229tui.library.run_history import Listing, Wanted, places_in_queue
    from cs229tui.library.runs import ALIVE, RunRecord, alive_runs

    refreshed(workspace.database, workspace.folders, workspace.settings)
    titles = {lab.name: lab.title for lab in labs(workspace.folders)}
    listing = Listing(workspace.database, Wanted(" ".join(words), order), titles, fold=False)
    if listing.problem:
        raise UsageError(f"{listing.problem}.", "See: cs229tui lab runs --help")
    # Those that go on come first.
    most = min(len(alive_runs(workspace.database)) if alive else len(listing), limit or len(listing))
    found = [record for record in listing.stretch(0, most) if isinstance(record, RunRecord)]
    found = [record for record in found if not alive or record.state in ALIVE]
    queue = places_in_queue(workspace.database)
    if as_json:
        show_json([run_facts(record) | {"place": queue.get(record.id)} for record in found])
        return
    if not found:
        asked = words or alive
        say("No run is like that." if asked else "No run yet. Start one with: cs229tui lab run transformer")
    rows = []
    for record in found:
        seconds, place = record.seconds, queue.get(record.id)
        took = "" if seconds is None else duration(seconds)
        state = f"queued, {ordinal(place)}" if place else look(record).word
        began = record.started[:16]
        rows.append((record.id, record.lab, record.preset, state, tally(record.verdicts), took, began, record.sweep))
    show_table(rows, ("id", "lab", "preset", "state", "claims", "took", "started", "sweep"))


@click.command("show")
@click.argument("name", metavar="LAB|RUN")
@json_option
@pass_workspace
def show(workspace: Workspace, name: str, as_json: bool) -> None:
    """Show a lab: what it shows, takes and asks; or a run: its parameters, numbers, samples, verdicts, predictions."""
    from cs229tui.labs.find import lab_named, labs
    from cs229tui.labs.output import log_tail
    from cs229tui.labs.watch import replay
    from cs229tui.library.predictions import answers

    lab = next((one for one in labs(workspace.folders) if one.name == name), None)
    if lab is None:
        try:
            record = found_run(workspace, name)
        except NotFoundError as error:
            try:
                lab = lab_named(workspace.folders, name)
            except NotFoundError:
                raise error from None
    if lab is not None:
        if as_json:
            show_json(lab_facts(workspace, lab))
        else:
            _tell_lab(workspace, lab)
        return
    view = replay(Path(record.folder))
    said = answers(workspace.database, record.lab)
    if as_json:
        facts = run_facts(record) | view_facts(view) | {"predictions": said}
        show_json(facts | {"log": log_tail(Path(record.folder), 8192).split("\n")[-40:]})
        return
    tell(workspace, record, view)
    _tell_expected(workspace, record.lab, said)


def _tell_lab(workspace: Workspace, lab: "Lab") -> None:
    from cs229tui.labs.estimates import estimate, past_runs
    from cs229tui.labs.form import word
    from cs229tui.labs.needs import labs_python, unmet
    from cs229tui.labs.words import SIGNS
    from cs229tui.library.predictions import answers
    from cs229tui.library.runs import last_run

    click.echo(f"{lab.title} · lecture {lab.lecture}" if lab.lecture else lab.title)
    if lab.error:
        click.echo(lab.error)
    if lab.spec is None:
        return
    click.echo(lab.spec.summary)
    past, python = past_runs(workspace.database, lab.name), labs_python(workspace.settings)
    for preset in lab.spec.presets.values():
        found = estimate(lab.spec, preset.name, past)
        needs = [found.words, *(["GPU"] if preset.device == "cuda" else [])]
        needs += [f"{found.memory:.1f} GB"] if found.memory else []
        click.echo(f"  {preset.name}: {', '.join(needs)}. {preset.help}")
        need = unmet(preset, str(preset.parameters.get("device", "")), python)
        if need is not None:
            click.echo(f"    {need}")
    for parameter in lab.spec.parameters.values():
        click.echo(
            f"  --param {parameter.name}={word(parameter.default)}  {parameter.range}  {parameter.help}".rstrip()
        )
    judged = last_run(workspace.database, lab.name, verdicts=True)
    verdicts = {entry.get("id"): entry.get("verdict") for entry in judged.verdicts} if judged else {}
    for claim in lab.spec.claims:
        sign = next((sign for verdict, sign in SIGNS.items() if verdict == verdicts.get(claim.id)), "·")
        click.echo(f"{sign} {claim.text}")
    said = answers(workspace.database, lab.name)
    for question in lab.spec.questions:
        if question.id not in said:
            click.echo(f"? {question.text}")
    _tell_expected(workspace, lab.name, said)


def _tell_expected(workspace: Workspace, name: str, said: dict[str, str]) -> None:
    """What she expected, under the questions as the lab has them now."""
    from cs229tui.labs.find import labs

    lab = next((one for one in labs(workspace.folders) if one.name == name), None)
    texts = {question.id: question for question in lab.spec.questions} if lab and lab.spec else {}
    for id, answer in said.items():
        question = texts.get(id)
        unit = f" {question.unit}" if question and question.unit and question.numeric else ""
        click.echo(f"? {question.text if question else id}  (you said: {answer}{unit})")


@click.command("predict")
@click.argument("name")
@click.option("--answer", "given", multiple=True, metavar="QUESTION=TEXT", help="An answer; may be repeated.")
@json_option
@pass_workspace
def predict_lab(workspace: Workspace, name: str, given: tuple[str, ...], as_json: bool) -> None:
    """Say what you expect of the lab NAME before you see it; in a terminal each question is asked.

    \b
    cs229tui lab predict transformer
    cs229tui lab predict transformer --answer first-loss=4.17
    """
    from cs229tui.labs.find import lab_named
    from cs229tui.labs.predictions import checked
    from cs229tui.library.predictions import predict, predictions

    lab = lab_named(workspace.folders, name)
    if lab.spec is None:
        raise LabError(f"The lab {lab.name} cannot run: {lab.error}")
    questions = {question.id: question for question in lab.spec.questions}
    found: dict[str, str] = {}
    for word in given:
        id, equals, text = word.partition("=")
        if not equals or id not in questions:
            raise UsageError(
                f"--answer {word!r} is not QUESTION=TEXT.", f"Questions: {', '.join(questions) or 'none'}."
            )
        found[id] = checked(questions[id], text)
    if not given and not as_json and sys.stdin.isatty():
        for question in questions.values():
            found[question.id] = _asked(question)
    made = predict(workspace.database, lab.name, found)
    if as_json:
        every = predictions(workspace.database, lab.name)
        show_json([{"question": one.question, "answer": one.answer, "made": one.made} for one in every])
    elif not questions:
        say("This lab asks for no prediction.")
    elif not given and not sys.stdin.isatty():
        for question in questions.values():
            click.echo(f"{question.id}  {question.text}")
        say("Answer with: --answer QUESTION=TEXT")
    else:
        say(f"Kept: {len(made)} of {len(questions)}.")


def _asked(question: "Question") -> str:
    """What she answers at the terminal; enter skips. Asked again until it is right."""
    from cs229tui.labs.predictions import checked

    click.echo(" ".join([question.text, *([f"({', '.join(question.choices)})"] if question.choices else [])]))
    while True:
        try:
            return checked(question, click.prompt("", default="", show_default=False, prompt_suffix="> "))
        except UsageError as error:
            click.echo(str(error))
