"""What a person chose to evaluate, and what is wrong with it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from evaluated_assistant import question

from assistant.errors import EvaluationInputError
from ui.evaluation_choice import LARGEST_UPLOAD, Choice, Upload, read_choice, sets_of
from vectorstore.opinion import Opinion


def sent(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_names_of_bundled_sets_and_a_limit_are_taken() -> None:
    choice = read_choice(["cook-contrast", "cook", "/etc/passwd"], " 20 ", None, None)

    assert set(choice.bundled) == {"cook", "cook-contrast"}
    assert (choice.limit, choice.upload) == (20, None)


REFUSED = {
    "nothing chosen": (
        ([], "", None, None),
        "No question set is chosen. Tick one, or choose a file.",
    ),
    "sets that are no list": (
        ("cook", "", None, None),
        "No question set is chosen. Tick one, or choose a file.",
    ),
    "limit in words": (
        (["cook"], "ten", None, None),
        "The number of questions must be a whole number from 1, and is “ten”. Leave it empty to "
        "ask them all.",
    ),
    "limit of none": (
        (["cook"], "0", None, None),
        "The number of questions must be a whole number from 1, and is “0”. Leave it empty to ask "
        "them all.",
    ),
    "another kind of file": (
        ([], "", "notes.pdf", sent(b"%PDF")),
        "notes.pdf is not a question set: choose a JSON Lines file (.jsonl), one JSON object a "
        "line.",
    ),
    "too large": (
        ([], "", "big.jsonl", sent(b" " * (LARGEST_UPLOAD + 1))),
        "big.jsonl is larger than 2 MB, the most that is taken here. Run it with `opinion eval`, "
        "or choose a smaller file.",
    ),
    "cut on its way": (
        ([], "", "cut.jsonl", "abc"),
        "cut.jsonl did not arrive whole. Choose it again.",
    ),
}


@pytest.mark.parametrize(("given", "line"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_run_is_told_in_a_line(
    given: tuple[object, object, object, object], line: str
) -> None:
    with pytest.raises(EvaluationInputError) as raised:
        read_choice(*given)

    assert str(raised.value) == line


def uploaded(content: str) -> Choice:
    return Choice(upload=Upload(name="mine.jsonl", content=content.encode()))


def test_uploaded_set_is_a_file_only_as_long_as_it_is_used(opinion: Opinion) -> None:
    line = json.dumps(question("a", "Why?"))

    with sets_of(uploaded(line), opinion) as sets:
        (path,) = map(Path, sets)
        assert path.read_text() == line

    assert not path.exists()


def test_fault_in_an_uploaded_set_is_told_by_its_own_name(opinion: Opinion) -> None:
    with (
        pytest.raises(EvaluationInputError) as raised,
        sets_of(uploaded('{"id": "a", "question": 3, "answerable": true}'), opinion),
    ):
        pass

    assert str(raised.value) == (
        "mine.jsonl, line 1, field 'question': Input should be a valid string (got 3)."
    )


def test_uploaded_set_reads_no_other_file(opinion: Opinion) -> None:
    line = json.dumps(question("a", "Why?", opinion="/etc/passwd"))

    with pytest.raises(EvaluationInputError) as raised, sets_of(uploaded(line), opinion):
        pass

    assert str(raised.value) == (
        "mine.jsonl, question 'a', field 'opinion': '/etc/passwd' is not the opinion in use; here "
        f"it can be {opinion.id}. For another, start the page with --opinion, or run "
        "`opinion eval`."
    )
