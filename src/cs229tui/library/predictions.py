"""What a student expected of a lab before she saw its result: every answer is kept, the latest counts."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing


@dataclass(frozen=True)
class Prediction:
    """One answer, in her words, to one question of a lab; `made` is when she gave it (UTC)."""

    id: str
    lab: str
    question: str
    answer: str
    made: str


def predict(database: Database, lab: str, answers: Mapping[str, str]) -> list[Prediction]:
    """Keep her answers, each by the id of its question; one that says what she said already is not kept twice."""
    before = predicted(database, lab)
    made = [
        Prediction(str(uuid.uuid4()), lab, question, answer.strip(), timestamp())
        for question, answer in answers.items()
        if answer.strip() and (question not in before or before[question].answer != answer.strip())
    ]
    with writing(database) as tables:
        for one in made:
            tables.table("prediction").insert(asdict(one))
    return made


def predictions(database: Database, lab: str | None = None) -> list[Prediction]:
    """Every answer ever given, the oldest first; with `lab`, those on one lab."""
    where, values = ("WHERE lab = ?", [lab]) if lab else ("", [])
    sql = f"SELECT id, lab, question, answer, made FROM prediction {where} ORDER BY made, rowid"  # noqa: S608
    return [Prediction(**row) for row in database.query(sql, values)]


def predicted(database: Database, lab: str) -> dict[str, Prediction]:
    """Her latest answer to each question of a lab, by the question's id."""
    return {one.question: one for one in predictions(database, lab)}


def answers(database: Database, lab: str) -> dict[str, str]:
    """What she says by now to each question of a lab."""
    return {question: one.answer for question, one in predicted(database, lab).items()}


def predictions_of(database: Database, lab: str) -> list[dict[str, str]]:
    """Her latest answers as a run's folder holds them."""
    return [
        {"question": one.question, "answer": one.answer, "made": one.made} for one in predicted(database, lab).values()
    ]
