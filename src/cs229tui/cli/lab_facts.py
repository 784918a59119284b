"""Labs and runs as JSON says them; the keys stay as they are."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labs.find import Lab
    from cs229tui.labs.watch import RunView
    from cs229tui.library.runs import RunRecord


def lab_facts(workspace: Workspace, lab: "Lab") -> dict[str, Any]:
    """A lab, its presets with what each takes and lacks on this machine, its parameters, claims and questions."""
    from cs229tui.labs.estimates import estimate, past_runs
    from cs229tui.labs.needs import labs_python, unmet
    from cs229tui.library.predictions import answers
    from cs229tui.library.runs import last_run

    last = last_run(workspace.database, lab.name)
    judged = last_run(workspace.database, lab.name, verdicts=True)
    facts: dict[str, Any] = {
        "name": lab.name,
        "title": lab.title,
        "lecture": lab.lecture,
        "key": lab.key,
        "summary": lab.spec.summary if lab.spec else "",
        "readings": list(lab.spec.readings) if lab.spec else [],
        "presets": [],
        "parameters": [],
        "claims": [],
        "questions": [],
        "predictions": answers(workspace.database, lab.name),
        "last": last.id if last else "",
        "verdicts": judged.verdicts if judged else [],
        "own": lab.own,
        "copy_of": lab.copy_of,
        "path": str(lab.path),
        "error": lab.error,
    }
    if lab.spec is None:
        return facts
    python = labs_python(workspace.settings)
    past = past_runs(workspace.database, lab.name)
    for preset in lab.spec.presets.values():
        need = unmet(preset, str(preset.parameters.get("device", "")), python)
        facts["presets"].append(
            {
                "name": preset.name,
                "minutes": preset.minutes,
                "device": preset.device,
                "help": preset.help,
                "parameters": dict(preset.parameters),
                "missing": str(need) if need else "",
                "estimate": asdict(estimate(lab.spec, preset.name, past)),
            }
        )
    for parameter in lab.spec.parameters.values():
        facts["parameters"].append(
            {
                "name": parameter.name,
                "type": parameter.type,
                "default": parameter.default,
                "min": parameter.min,
                "max": parameter.max,
                "choices": list(parameter.choices),
                "help": parameter.help,
            }
        )
    for claim in lab.spec.claims:
        facts["claims"].append(
            {"id": claim.id, "text": claim.text, "reading": claim.reading, "figure": claim.figure, "unit": claim.unit}
        )
    for question in lab.spec.questions:
        facts["questions"].append(
            {"id": question.id, "text": question.text, "unit": question.unit, "choices": list(question.choices)}
        )
    return facts


def run_facts(record: "RunRecord") -> dict[str, Any]:
    """A run and what became of it."""
    from cs229tui.labs.life import look, seconds_of

    life = look(record)
    return {
        "id": record.id,
        "lab": record.lab,
        "preset": record.preset,
        "state": record.state,
        "alive": life.alive,
        "paused": life.paused,
        "reason": record.reason,
        "started": record.started,
        "ended": record.ended,
        "seconds": seconds_of(record),
        "parameters": record.parameters,
        "verdicts": record.verdicts,
        "summary": record.summary,
        "launcher": record.launcher,
        "device": record.device,
        "sweep": record.sweep,
        "folder": record.folder,
    }


def view_facts(view: "RunView") -> dict[str, Any]:
    """What was measured and written in a run."""
    return {
        "device": view.start.device if view.start else "",
        "versions": dict(view.start.versions) if view.start else {},
        "progress": view.fraction,
        "metrics": {
            name: {
                "step": series.steps[-1],
                "last": series.last,
                "min": series.extent()[0] if series.last is not None else None,
                "max": series.extent()[1] if series.last is not None else None,
                "count": len(series),
            }
            for name, series in view.series.items()
        },
        "texts": [{"step": text.step, "name": text.name, "text": text.text} for text in view.texts],
        "notes": list(view.notes),
    }
