import json
from pathlib import Path
from typing import Any

import pytest
from evaluation_fakes import write_lines

from assistant.errors import EvaluationInputError
from assistant.evaluation.question_sets import bundled_sets, load

GOOD = {"id": "q1", "question": "Who sued?", "answerable": True}

MALFORMED: dict[str, tuple[str, str]] = {
    "no JSON": (
        "{'id': 1}",
        "line 2: not JSON (Expecting property name enclosed in double quotes at column 2); a "
        "question set has one JSON object a line.",
    ),
    "no object": (
        "[1]",
        "line 2: a question set has one JSON object a line, and this is a list.",
    ),
    "missing field": (
        '{"id": "a", "answerable": true}',
        "line 2, field 'question': Field required.",
    ),
    "number for an id": (
        '{"id": 7, "question": "x", "answerable": true}',
        "line 2, field 'id': Input should be a valid string (got 7).",
    ),
    "word for a bool": (
        '{"id": "a", "question": "x", "answerable": "yes"}',
        "line 2, field 'answerable': Input should be a valid boolean (got \"yes\").",
    ),
    "undecided": (
        '{"id": "a", "question": "x", "answerable": null}',
        "line 2, field 'answerable': Input should be a valid boolean (got null).",
    ),
    "unknown role": (
        '{"id": "a", "question": "x", "answerable": true, "history": '
        '[{"role": "judge", "content": "y"}]}',
        "line 2, field 'history[0].role': Input should be 'user' or 'assistant' (got \"judge\").",
    ),
    "one fact too flat": (
        '{"id": "a", "question": "x", "answerable": true, "evidence": ["p"]}',
        "line 2, field 'evidence[0]': Input should be a valid tuple (got \"p\").",
    ),
    "a fact without passages": (
        '{"id": "a", "question": "x", "answerable": true, "evidence": [["p"], []]}',
        "line 2, field 'evidence[1]': Tuple should have at least 1 item after validation, not 0 "
        "(got []).",
    ),
    "evidence for what is not there": (
        '{"id": "a", "question": "x", "answerable": false, "evidence": [["p"]]}',
        "line 2, field 'evidence': must be empty for a question that is not answerable "
        "('a' gives 1).",
    ),
    "two faults": (
        '{"id": "a", "question": 1, "answerable": 2}',
        "line 2, field 'question': Input should be a valid string (got 1); and 1 more fault.",
    ),
    "the same id": (
        '{"id": "q1", "question": "x", "answerable": true}',
        "line 2, field 'id': 'q1' is already the id of line 1. Every question needs an id of its "
        "own.",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_line_is_named_with_its_number_and_field(tmp_path: Path, case: str) -> None:
    line, told = MALFORMED[case]
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + line + "\n", encoding="utf-8")

    with pytest.raises(EvaluationInputError) as raised:
        load(str(path))

    assert str(raised.value) == f"{path}, {told}"


OTHER_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "{} holds no question: it is a question set of one JSON object a line."),
    "blank lines": (
        b"\n \n",
        "{} holds no question: it is a question set of one JSON object a line.",
    ),
    "no text": (
        b"\xff\xfe\x00",
        "{} is not UTF-8 text (byte 0); a question set is JSON Lines in UTF-8.",
    ),
}


@pytest.mark.parametrize("case", OTHER_FILES)
def test_file_that_holds_no_questions_is_refused(tmp_path: Path, case: str) -> None:
    data, told = OTHER_FILES[case]
    path = tmp_path / "set.jsonl"
    path.write_bytes(data)

    with pytest.raises(EvaluationInputError) as raised:
        load(str(path))

    assert str(raised.value) == told.format(path)


def test_a_set_that_is_not_there_names_the_bundled_ones() -> None:
    with pytest.raises(EvaluationInputError) as raised:
        load("nowhere.jsonl")

    assert str(raised.value) == (
        "No question set 'nowhere.jsonl': there is no such file, and the bundled sets are "
        f"{', '.join(bundled_sets())}. Give a path to a JSON Lines file or one of these."
    )


def test_optional_fields_may_be_null_and_others_are_kept(tmp_path: Path) -> None:
    line = GOOD | {
        "history": None,
        "category": None,
        "subject": "bridge",
        "variant": "v1",
        "note": 3,
    }

    loaded = load(str(write_lines(tmp_path / "set.jsonl", line)))

    example = loaded.examples[0]
    assert (example.history, example.category, example.variant) == ((), None, None)
    assert example.model_extra == {"subject": "bridge"}


def test_byte_order_mark_blank_lines_and_line_separators_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    line = json.dumps(GOOD | {"note": "a\u2028b"}, ensure_ascii=False)
    path.write_text(f"\ufeff\n{line}\r\n\n", encoding="utf-8")

    assert [e.id for e in load(str(path)).examples] == ["q1"]


PARTS: dict[str, list[str]] = {"": ["d", "t"], ":all": ["d", "t"], ":dev": ["d"], ":test": ["t"]}


@pytest.mark.parametrize("part", PARTS)
def test_part_of_a_file_follows_a_colon(tmp_path: Path, part: str) -> None:
    lines = [GOOD | {"id": "d", "split": "dev"}, GOOD | {"id": "t", "split": "test"}]
    path = write_lines(tmp_path / "set.jsonl", *lines)

    loaded = load(f"{path}{part}")

    assert [e.id for e in loaded.examples] == PARTS[part]
    assert set(loaded.questions) == {"d", "t"}


def test_bundled_name_means_its_test_part() -> None:
    loaded, everything = load("cook"), load("cook:all")

    assert {e.split for e in loaded.examples} == {"test"}
    assert len(load("cook:dev").examples) + len(loaded.examples) == len(everything.examples) >= 200


def test_bundled_sets_hold_what_they_promise() -> None:
    absent: list[Any] = [e for e in load("cook:all").examples if not e.answerable]
    pairs = {e.pair_key for e in load("cook-contrast:all").examples}

    assert len(absent) >= 50
    assert len(pairs) >= 80
