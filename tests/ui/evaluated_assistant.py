"""The assistant by shared words, as an evaluation asks it; and a question set for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from word_overlap_assistant import WordOverlapAssistant

from assistant.answer import Answer, Turn
from fakes import OverlapEmbeddings
from vectorstore.opinion import Opinion


class EvaluatedAssistant(WordOverlapAssistant):
    """`hold` is called before each question of an evaluation; the chat goes on meanwhile."""

    def __init__(
        self, opinion: Opinion, *, hold: Callable[[], object] = lambda: None, **options: Any
    ) -> None:
        super().__init__(opinion, **options)
        self.encoder = OverlapEmbeddings()
        self.close: Callable[[], None] = lambda: None
        self._hold = hold

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self._hold()
        *_, answer = self.stream(question, history)
        assert isinstance(answer, Answer)
        return answer

    def for_opinion(self, opinion: Opinion) -> EvaluatedAssistant:
        return EvaluatedAssistant(opinion, hold=self._hold)


def question(id: str, text: str, *evidence: str, **fields: Any) -> dict[str, Any]:
    """A line of a question set; without evidence the opinion does not answer it."""
    line: dict[str, Any] = {"id": id, "question": text, "answerable": bool(evidence)}
    if evidence:
        line |= {"answers": ["A known answer."], "evidence": [[e] for e in evidence]}
    return line | fields


def write_set(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def sentence(opinion: Opinion, index: int) -> str:
    return opinion.text(opinion.sentences[index])


def small_set(opinion: Opinion, folder: Path) -> Path:
    """Three questions: one whose own words are the evidence (right), one whose evidence is another
    sentence (missed), and one that the opinion shares no words with (rightly declined).
    """
    return write_set(
        folder / "mine.jsonl",
        question("right", sentence(opinion, 3), sentence(opinion, 3), category="copied"),
        question("missed", sentence(opinion, 3), sentence(opinion, -1), category="<b>moved</b>"),
        question("absent", "zebra xylophone <img src=x onerror=alert(1)>", category="absent"),
    )
