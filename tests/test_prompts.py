import string

import pytest

import prompts

PLACEHOLDERS = {
    "answer": {"title", "declining", "passages"},
    "standalone": {"conversation", "question"},
    "declining": set(),
    "judge": {"question", "references", "answer", "passages"},
}


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_prompt_has_exactly_its_placeholders(name: str) -> None:
    fields = {field for _, field, _, _ in string.Formatter().parse(prompts.load(name)) if field}

    assert fields == PLACEHOLDERS[name]


def test_example_marker_is_one_that_no_answer_can_use() -> None:
    assert "[P]" in prompts.load("answer")
    assert not any(f"[{n}]" in prompts.load("answer") for n in range(100))


def test_declining_sentence_is_one_line() -> None:
    assert prompts.declining_sentence() == "The opinion does not answer this question."
