"""What one answer is worth: every figure about a single question; the measures are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from assistant.evaluation.predictions import Prediction
from assistant.evaluation.proof import Offsets, SourceText, helping, source_text
from assistant.evaluation.tasks import Task
from assistant.evaluation.text_overlap import TextOverlap

MOST_WORDS = 150
"""Quoted words in an answer that is handled rightly; half the opinion cites everything and answers
nothing."""

DEPTHS = (1, 3, 5, 10)
"""The k at which retrieval is measured."""


class Outcome(StrEnum):
    """What became of a question; all but RIGHT, RIGHTLY_DECLINED and UNGRADED are failures."""

    RIGHT = "right"
    RIGHTLY_DECLINED = "rightly declined"
    MISSED = "needed fact not cited"
    TOO_LONG = f"over {MOST_WORDS} words"
    REFUSED = "refused though answerable"
    ANSWERED_ABSENT = "answered though absent"
    UNGRADED = "no evidence given"

    @property
    def is_failure(self) -> bool:
        return self not in (Outcome.RIGHT, Outcome.RIGHTLY_DECLINED, Outcome.UNGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a judging chat model said of an answer."""

    correct: bool
    supported: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """How well the ranking found what is needed; mappings are by depth k (`DEPTHS`)."""

    facts_found: Mapping[int, float]  # share of the needed facts
    first_rank: int | None  # of the first passage that proves a needed fact, from 1
    char_precision: Mapping[int, float]
    char_recall: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One question, its prediction, and what the comparison gives.

    `facts` says of each needed fact whether it is cited, `helping` of each citation whether it
    helps to prove one; both are empty where there is no evidence to compare with.
    """

    task: Task
    prediction: Prediction
    outcome: Outcome
    facts: tuple[bool, ...] = ()
    helping: tuple[bool, ...] = ()
    exact: tuple[bool, ...] = ()  # of each quotation shown, citations then related
    words: int = 0
    retrieval: Retrieval | None = None
    overlap: TextOverlap | None = None
    judgement: Judgement | None = None
    question_only: float | None = field(default=None)

    @property
    def answerable(self) -> bool:
        return self.task.example.answerable

    @property
    def answered(self) -> bool:
        return self.prediction.answered

    @property
    def has_evidence(self) -> bool:
        return bool(self.task.example.evidence)


def score(
    task: Task,
    prediction: Prediction,
    *,
    judgement: Judgement | None = None,
    question_only: float | None = None,
    overlap: TextOverlap | None = None,
) -> Score:
    """Compare a prediction with the known answer.

    A declined answer cites nothing, whatever passages stand beside it; a citation whose quotation
    is not the source's own text proves nothing.
    """
    example, source = task.example, task.opinion.source
    text = source_text(source)
    cited = prediction.citations if prediction.answered else ()
    shown = (*prediction.citations, *prediction.related)
    spans = [c.span for c in cited if c.is_exact(source)]
    facts = tuple(text.proved(fact, spans) for fact in example.evidence)
    relevant = iter(helping(text, example.evidence, spans)) if example.evidence else iter(())
    words = sum(len(c.quote.split()) for c in cited)
    return Score(
        task=task,
        prediction=prediction,
        outcome=_outcome(task, prediction, facts, words),
        facts=facts,
        helping=tuple(c.is_exact(source) and next(relevant) for c in cited)
        if example.evidence
        else (),
        exact=tuple(c.is_exact(source) for c in shown),
        words=words,
        retrieval=_retrieval(text, example.evidence, [r.span for r in prediction.retrieved])
        if example.evidence
        else None,
        overlap=overlap,
        judgement=judgement,
        question_only=question_only,
    )


def _outcome(task: Task, prediction: Prediction, facts: Sequence[bool], words: int) -> Outcome:
    if not task.example.answerable:
        return Outcome.ANSWERED_ABSENT if prediction.answered else Outcome.RIGHTLY_DECLINED
    if not prediction.answered:
        return Outcome.REFUSED
    if not task.example.evidence:
        return Outcome.UNGRADED
    if not all(facts):
        return Outcome.MISSED
    return Outcome.TOO_LONG if words > MOST_WORDS else Outcome.RIGHT


def _retrieval(
    text: SourceText, facts: Sequence[Sequence[str]], ranked: Sequence[Offsets]
) -> Retrieval:
    first = next(
        (n for n, span in enumerate(ranked, 1) if any(text.proved(f, [span]) for f in facts)), None
    )
    found, precision, recall = {}, {}, {}
    relevant = _marked(text, (o for f in facts for p in f for o in text.occurrences(p)))
    for k in DEPTHS:
        top = ranked[:k]
        found[k] = sum(text.proved(f, top) for f in facts) / len(facts)
        shown = _marked(text, top)
        gold = _marked(text, (_best_place(text, fact, top) for fact in facts))
        precision[k] = int((shown & relevant).sum()) / max(1, int(shown.sum()))
        recall[k] = int((shown & gold).sum()) / max(1, int(gold.sum()))
    return Retrieval(
        facts_found=found, first_rank=first, char_precision=precision, char_recall=recall
    )


def _best_place(text: SourceText, fact: Sequence[str], spans: Sequence[Offsets]) -> Offsets:
    """Of a fact's passages and the places where they occur, the one that the spans cover best."""
    places = [place for passage in fact for place in text.occurrences(passage)]
    return max(places, key=lambda place: text.coverage(place, spans))


def _marked(text: SourceText, spans: Iterable[Offsets]) -> np.ndarray:
    """Which characters of the source the spans cover: a boolean array of the source's length."""
    marks = np.zeros(len(text.source), dtype=bool)
    for start, end in spans:
        marks[start:end] = True
    return marks
