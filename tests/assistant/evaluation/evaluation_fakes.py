"""A small opinion, and an answerer that finds its sentences by shared words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.answer import Answer, Citation, RetrievedPassage, Turn
from assistant.errors import AssistantError
from assistant.evaluation.predictions import Prediction
from assistant.evaluation.question_sets import Example
from assistant.evaluation.tasks import Task
from fakes import OverlapEmbeddings, words
from vectorstore.opinion import Opinion
from vectorstore.reading import parse_opinion

S1 = "Smith sued the town over a bridge."
S2 = "The court denied the motion to dismiss."
S3 = "Smith lost her blue car in the flood of 1990."
S4 = "That flood took the car which Smith owned."
S5 = "No notice of the flood was ever given."
S6 = "The mayor spoke on the radio in March."
SOURCE = f"SMITH v. TOWN\nORDER\n{S1} {S2}\n{S3} {S4}\n{S5} {S6}\n"


@lru_cache
def small_opinion(source: str = SOURCE) -> Opinion:
    return parse_opinion(source, id="smith")


def task(opinion: Opinion | None = None, **fields: Any) -> Task:
    example = {"id": "q", "question": "Who sued?", "answerable": False} | fields
    return Task(
        example=Example.model_validate(example),
        opinion=opinion or small_opinion(),
        set_name="set",
    )


def quoted(*sentences: str, source: str = SOURCE) -> list[dict[str, Any]]:
    """Citations of these sentences."""
    return [
        {"marker": n, "paragraph": "1", "quote": s, "voice": "court", "pinpoint": None}
        | {"start": source.index(s), "end": source.index(s) + len(s)}
        for n, s in enumerate(sentences, 1)
    ]


def prediction(id: str = "q", **fields: Any) -> Prediction:
    """A declined answer unless `fields` say otherwise."""
    line = {
        "id": id, "question": "Who sued?", "answered": False, "answer": "", "citations": [],
        "related": [], "retrieved": [], "confidence": 0.5, "seconds": 0.1, "answerer": "fake",
    }  # fmt: skip
    return Prediction.model_validate(line | fields)


def write_lines(path: Path, *lines: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


class OverlapAnswerer:
    """Quotes the sentence that shares most words with the question; declines when none shares two.

    Questions holding a key of `trouble` fail with its errors, one an attempt, before they succeed.
    """

    def __init__(
        self, opinion: Opinion, *, trouble: Mapping[str, Sequence[Exception]] | None = None
    ) -> None:
        self.opinion = opinion
        self.answerer = "extractive"
        self.departure_notice: str | None = None
        self.encoder = OverlapEmbeddings()
        self.asked: list[str] = []
        self.closed = False
        self.made: list[OverlapAnswerer] = []
        self._trouble = {word: list(errors) for word, errors in (trouble or {}).items()}

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self.asked.append(question)
        for word, errors in self._trouble.items():
            if word in question and errors:
                raise errors.pop(0)
        wanted = words(question)
        scored = sorted(
            (
                (len(wanted & words(self.opinion.text(s))), -s.start, s)
                for s in self.opinion.sentences
            ),
            key=lambda x: x[:2],
            reverse=True,
        )
        best, _, sentence = scored[0]
        citation = Citation(
            marker=1, paragraph="1", quote=self.opinion.text(sentence), start=sentence.start,
            end=sentence.end, voice="court",
        )  # fmt: skip
        answered = best >= 2
        return Answer(
            question=question,
            standalone=question,
            answered=answered,
            text=f"{citation.quote} [1]"
            if answered
            else "The opinion does not answer this question.",
            citations=(citation,) if answered else (),
            related=() if answered else (citation,),
            retrieved=tuple(
                RetrievedPassage(
                    paragraph="1", start=s.start, end=s.end, text=self.opinion.text(s), score=score
                )
                for score, _, s in scored
            ),
            confidence=best / (best + 2),
            seconds=0.01,
            answerer=self.answerer,
        )

    def for_opinion(self, opinion: Opinion) -> OverlapAnswerer:
        self.made.append(OverlapAnswerer(opinion))
        return self.made[-1]

    @property
    def close(self) -> Callable[[], None]:
        def closed() -> None:
            self.closed = True

        return closed


class ServerBusyError(AssistantError):
    """As a chain raises it: ours, with the provider's own as its cause."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("The server is busy.")
        self.__cause__ = cause


class FakeRateLimitError(Exception):
    """Named as the SDKs name theirs."""
