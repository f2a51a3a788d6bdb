from pathlib import Path
from typing import Any

import pytest
from evaluation_fakes import S1, S2, S6, SOURCE, small_opinion, write_lines

from assistant.errors import EvaluationInputError
from assistant.evaluation.question_sets import load
from assistant.evaluation.tasks import Task, build_tasks, nearest_passage
from vectorstore.reading import bundled_opinion


def tasks_of(folder: Path, *lines: dict[str, Any]) -> tuple[Task, ...]:
    numbered = (
        {"id": f"q{n}", "question": "x", "answerable": True} | x for n, x in enumerate(lines)
    )
    path = write_lines(folder / "set.jsonl", *numbered)
    return build_tasks([load(str(path))], small_opinion(), others=[bundled_opinion()])


FAULTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "evidence not in the opinion": (
        [{"evidence": [[S1], [S2, "The mayor spoke on television in March."]]}],
        "set.jsonl, question 'q0': the passage “The mayor spoke on television in March.” does not "
        "occur in the opinion 'smith'; the nearest that does is “mayor spoke on the radio in "
        "March.”.",
    ),
    "several passages not in the opinion": (
        [{"evidence": [[S1]]}, {"evidence": [["Smyth sued the town"], ["Nobody was there."]]}],
        "set.jsonl, question 'q1': the passage “Smyth sued the town” does not occur in the opinion "
        "'smith'; the nearest that does is “Smith sued the town”. 2 of the 3 passages "
        "do not occur.",
    ),
    "a set on another opinion": (
        [{"evidence": [["Roe sued."]]}, {"evidence": [["Roe won."]]}],
        "set.jsonl, question 'q0': the passage “Roe sued.” does not occur in the opinion 'smith'; "
        "the nearest that does is “Smith sued”. None of the 2 passages occurs: is this a set on "
        "another opinion? Name its file with --opinion.",
    ),
    "an opinion that is not there": (
        [{"opinion": "roe"}],
        "set.jsonl, question 'q0': it is about the opinion 'roe', which is neither the one in use "
        "('smith') nor a file at {folder}/roe. Name the opinion's file with --opinion, or put it "
        "there.",
    ),
    "a variant without its sentence": (
        [{"variant": {"remove": ["Smith sued the city over a bridge."]}}],
        "set.jsonl, question 'q0', field 'variant': the sentence “Smith sued the city over a "
        "bridge.” does not occur in the opinion 'smith'; the nearest that does is “Smith sued the "
        "town over a bridge.”.",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_set_that_does_not_fit_its_opinion_is_refused_in_one_line(
    tmp_path: Path, case: str
) -> None:
    lines, told = FAULTS[case]

    with pytest.raises(EvaluationInputError) as raised:
        tasks_of(tmp_path, *lines)

    assert str(raised.value) == told.replace("{folder}", str(tmp_path))


def test_question_is_asked_of_the_opinion_it_names(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("ORDER\nJones lost the appeal.\n", encoding="utf-8")
    cook = bundled_opinion().id

    tasks = tasks_of(
        tmp_path,
        {},
        {"opinion": "smith"},
        {"opinion": cook},
        {"opinion": "other.txt", "evidence": [["Jones lost the appeal."]]},
    )

    assert [t.opinion.id for t in tasks] == ["smith", "smith", cook, "other"]


def test_evidence_of_a_variant_is_looked_for_in_the_variant(tmp_path: Path) -> None:
    new = "The bridge was made of oak."
    recipe = {"insert": {"after": S6, "text": new}}

    tasks = tasks_of(tmp_path, {"evidence": [[new]], "variant": recipe})

    assert new in tasks[0].opinion.source


def test_same_id_in_two_sets_run_together_is_refused(tmp_path: Path) -> None:
    line = {"id": "q", "question": "x", "answerable": False}
    sets = [load(str(write_lines(tmp_path / f"{n}.jsonl", line))) for n in "ab"]

    with pytest.raises(EvaluationInputError) as raised:
        build_tasks(sets, small_opinion())

    assert str(raised.value) == (
        "The id 'q' is in a.jsonl and again in b.jsonl; sets run together need ids of their own."
    )


@pytest.mark.parametrize(
    ("passage", "nearest"),
    [
        ("lost her red car in a flood", "lost her blue car in the flood"),
        ("The court granted the motion to dismiss.", S2),
        ("x " * 500, " ".join(SOURCE.split())),
        ("", "SMITH"),
    ],
)
def test_nearest_passage_is_the_stretch_most_like_it(passage: str, nearest: str) -> None:
    got = nearest_passage(passage, SOURCE)

    assert got.startswith(nearest[:2]) if not passage else got == nearest
