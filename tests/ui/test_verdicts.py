"""Thumbs on answers: what is kept, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from word_overlap_assistant import WordOverlapAssistant

from assistant.answer import Answer
from assistant.evaluation.feedback import read_feedback, to_questions
from ui.conversation import Conversation, Exchange, Stage
from ui.conversation_view import ConversationView
from ui.verdicts import LONGEST_REASON, Verdict, Verdicts
from vectorstore.opinion import Opinion

FIRST = "Are the defendants entitled to qualified immunity?"
SECOND = "What claim did the plaintiff withdraw from the complaint?"


@pytest.fixture
def conversation(opinion: Opinion) -> Conversation:
    assistant = WordOverlapAssistant(opinion)
    exchanges = []
    for question in (FIRST, SECOND):
        *_, answer = assistant.stream(question)
        assert isinstance(answer, Answer)
        exchanges.append(Exchange(question=question, stage=Stage.ANSWERED, answer=answer))
    return (*exchanges, Exchange(question="Why?", stage=Stage.STOPPED))


@pytest.fixture
def verdicts(tmp_path: Path) -> Verdicts:
    return Verdicts(tmp_path / "data" / "feedback.jsonl", "groton")


def kept(folder: Path) -> list[tuple[str, str, str]]:
    lines = read_feedback(folder / "data" / "feedback.jsonl")
    return [(f.question, f.verdict, f.reason) for f in lines]


def test_verdict_is_kept_with_the_turns_before_its_question(
    verdicts: Verdicts, conversation: Conversation, tmp_path: Path
) -> None:
    verdicts.give(conversation, 1, "down", "  Cites a contention. ")

    (line,) = read_feedback(tmp_path / "data" / "feedback.jsonl")
    assert (line.question, line.verdict, line.reason) == (SECOND, "down", "Cites a contention.")
    assert next((t.role, t.content) for t in line.history) == ("user", FIRST)
    assert len(line.history) == 2
    assert line.opinion == "groton"


def test_pressing_again_changes_the_verdict(
    verdicts: Verdicts, conversation: Conversation, tmp_path: Path
) -> None:
    verdicts.give(conversation, 0, "up")
    verdicts.give(conversation, 0, "up")
    verdicts.give(conversation, 0, "down", "No.")
    verdicts.give(conversation, 0, "down")

    assert kept(tmp_path) == [(FIRST, "up", ""), (FIRST, "down", "No.")]
    assert verdicts.given == {0: Verdict(thumb="down", reason="No.")}
    (line,) = to_questions(read_feedback(tmp_path / "data" / "feedback.jsonl"))
    assert line["answerable"] is None


def test_reason_can_be_taken_back_and_is_of_bounded_length(
    verdicts: Verdicts, conversation: Conversation, tmp_path: Path
) -> None:
    verdicts.give(conversation, 0, "up", "x" * (LONGEST_REASON + 1))
    verdicts.give(conversation, 0, "up", "")

    assert [len(reason) for *_, reason in kept(tmp_path)] == [LONGEST_REASON, 0]


@pytest.mark.parametrize("place", [-1, 2, 3])
def test_place_without_an_answer_is_passed_over(
    verdicts: Verdicts, conversation: Conversation, place: int, tmp_path: Path
) -> None:
    verdicts.give(conversation, place, "up")

    assert verdicts.given == {}
    assert not (tmp_path / "data").exists()


def test_file_that_cannot_be_written_is_told(tmp_path: Path, conversation: Conversation) -> None:
    (tmp_path / "data").write_text("in the way")
    verdicts = Verdicts(tmp_path / "data" / "feedback.jsonl", "groton")

    verdicts.give(conversation, 0, "up")

    problem = verdicts.given[0].problem
    assert problem is not None
    assert problem.startswith(f"Cannot write to {tmp_path / 'data' / 'feedback.jsonl'}: ")


def test_thumbs_are_buttons_with_names_and_stand_under_answers_only(
    opinion: Opinion, conversation: Conversation
) -> None:
    view = ConversationView(opinion, (), thumbs=True)

    shown = view.html(conversation, {1: Verdict(thumb="down", reason='"><b>')})

    assert shown.count('aria-label="Good answer"') == 2
    assert shown.count('aria-pressed="true"') == 1
    assert "Noted as a bad answer, in a file on this machine. Your reason is kept with it." in shown
    assert 'value="&quot;&gt;&lt;b&gt;"' in shown
    assert "thumb" not in ConversationView(opinion, ()).html(conversation)
