from pathlib import Path

import pytest
from evaluation_fakes import S1, S2, prediction, quoted, task

from assistant.errors import ChatModelError
from assistant.evaluation.evaluation import evaluate
from assistant.evaluation.judge import ABSENT, JudgementLog, judge_all, read_verdict
from fakes import scripted

YES = '{"reason": "says so", "correct": true, "supported": true}'
NO = '{"reason": "another party", "correct": false, "supported": true}'

TASKS = [
    task(id="a", answerable=True, question="Who sued?", answers=["Smith did."], evidence=[[S1]]),
    task(id="b", answerable=False, question="Who {won}?"),
    task(id="c", answerable=True, question="Refused?", evidence=[[S1]]),
]
PREDICTIONS = {
    "a": prediction("a", answered=True, answer=f"{S1} [1]", citations=quoted(S1)),
    "b": prediction("b", answered=True, answer=f"{S2} [1]", citations=quoted(S2)),
    "c": prediction("c"),
}


def test_judge_sees_question_references_answer_and_what_is_cited(tmp_path: Path) -> None:
    chat, model = scripted(YES, NO)

    list(judge_all(TASKS, PREDICTIONS, chat, JudgementLog(tmp_path / "j.jsonl", "fake")))

    first, second = (asked[0].text for asked in model.asked)
    for part in ("Who sued?", "- Smith did.", f"{S1} [1]", f"[1] {S1}"):
        assert part in first
    assert ABSENT in second
    assert "Who {won}?" in second


def test_verdicts_stand_beside_the_evidence_with_their_agreement(tmp_path: Path) -> None:
    chat, _ = scripted(YES, NO)
    log = JudgementLog(tmp_path / "j.jsonl", "fake")

    list(judge_all(TASKS, PREDICTIONS, chat, log))
    got = evaluate(
        TASKS, PREDICTIONS, judgements=log.judgements(PREDICTIONS), judge_usage=log.usage(),
        resamples=9,
    )  # fmt: skip

    assert (got.estimates["judge_correct"].value, got.estimates["judge_correct"].n) == (0.5, 2)
    assert got.estimates["judge_supported"].value == 1
    assert got.estimates["judge_agreement"].value == 1
    assert got.estimates["judge_kappa"].value == 1
    assert got.usage == {"judge_calls": 2}


def test_stored_verdict_is_not_paid_for_again_unless_the_answer_changed(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    list(judge_all(TASKS, PREDICTIONS, scripted(YES, NO)[0], JudgementLog(path, "fake")))
    path.write_text(path.read_text() + '{"id": "a", "jud')  # killed while writing
    changed = PREDICTIONS | {"b": PREDICTIONS["b"].model_copy(update={"answer": "Nobody."})}
    chat, model = scripted(YES)

    log = JudgementLog(path, "fake")
    list(judge_all(TASKS, changed, chat, log))

    assert len(model.asked) == 1
    assert log.judgements(changed)["b"].correct


def test_reply_without_a_verdict_is_told_and_the_next_answer_judged(tmp_path: Path) -> None:
    chat, _ = scripted("I think it is fine.", NO)
    log = JudgementLog(tmp_path / "j.jsonl", "fake")

    told = list(judge_all(TASKS, PREDICTIONS, chat, log))

    assert told == [
        "question 'a': The judge 'fake:scripted' gave no verdict of the form asked for, but: "
        "'I think it is fine.'. Name a more capable model with --judge.",
        None,
    ]
    assert list(log.judgements(PREDICTIONS)) == ["b"]


VERDICTS: dict[str, tuple[str, tuple[bool, bool]]] = {
    "as asked": (YES, (True, True)),
    "in a code fence": (f"```json\n{NO}\n```", (False, True)),
    "after some thinking": (f'Perhaps {{"correct": 1}}? No: {NO} Done.', (False, True)),
    "without a reason": ('{"correct": true, "supported": false}', (True, False)),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdict_is_read_whatever_stands_around_it(case: str) -> None:
    reply, expected = VERDICTS[case]
    verdict = read_verdict(reply, "m")

    assert (verdict.correct, verdict.supported) == expected


def test_reply_that_is_no_verdict_is_an_error() -> None:
    with pytest.raises(ChatModelError):
        read_verdict('{"correct": "perhaps", "supported": true}', "m")
