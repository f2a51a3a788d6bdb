"""From predictions to figures: every measure with its interval, by category, and against a run
of before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.evaluation import (
    abstention,
    answer_text,
    contrast,
    evidence,
    question_only,
    retrieval_measures,
    timing,
    whole,
)
from assistant.evaluation.bootstrap import RESAMPLES, Estimate, difference, estimate
from assistant.evaluation.measures import Measure
from assistant.evaluation.predictions import Prediction
from assistant.evaluation.scoring import Judgement, Score, score
from assistant.evaluation.tasks import Task
from assistant.evaluation.text_overlap import text_overlap

MEASURES: tuple[Measure, ...] = (
    *whole.MEASURES,
    *evidence.MEASURES,
    *abstention.MEASURES,
    *question_only.MEASURES,
    *contrast.MEASURES,
    *retrieval_measures.MEASURES,
    *answer_text.MEASURES,
    *timing.MEASURES,
)
BY_NAME: dict[str, Measure] = {m.name: m for m in MEASURES}
BY_CATEGORY: tuple[Measure, ...] = (
    whole.whole,
    evidence.fact_recall,
    evidence.first_citation,
    abstention.answered_absent,
    abstention.refused_answerable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A question that could not be answered, and why: recorded, and counted in no measure."""

    id: str
    question: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The figures of one category (or one set): by measure name, those of `BY_CATEGORY`."""

    name: str
    n: int
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This run against one of before, on the questions that both answered.

    `differences` are new minus old by measure name; `won` and `lost` are the questions now handled
    rightly that were not, and the other way, each with the old prediction.
    """

    n: int
    differences: Mapping[str, Estimate]
    won: tuple[tuple[Score, Score], ...]
    lost: tuple[tuple[Score, Score], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that a run gives: scores in the order of the questions, and figures by measure name."""

    sets: tuple[str, ...]
    answerer: str
    scores: tuple[Score, ...]
    failed: tuple[Failed, ...]
    estimates: Mapping[str, Estimate]
    categories: tuple[Breakdown, ...]
    set_figures: tuple[Breakdown, ...]
    comparison: Comparison | None
    usage: Mapping[str, int]

    @property
    def failures(self) -> tuple[Score, ...]:
        return tuple(s for s in self.scores if s.outcome.is_failure)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Measure, ...]], ...]:
        """The measures that the run defines, by group; a group without any is left out."""
        grouped = groupby(MEASURES, key=lambda m: m.group)
        found = (
            (name, tuple(m for m in measures if self.estimates[m.name].value is not None))
            for name, measures in grouped
        )
        return tuple((name, measures) for name, measures in found if measures)


def evaluate(
    tasks: Sequence[Task],
    predictions: Mapping[str, Prediction],
    *,
    encoder: Embeddings | None = None,
    failed: Sequence[Failed] = (),
    judgements: Mapping[str, Judgement] | None = None,
    judge_usage: Mapping[str, int] | None = None,
    against: Mapping[str, Prediction] | None = None,
    on_measure: Callable[[str], None] = lambda label: None,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Score the predictions that there are and compute every measure.

    Without an `encoder` the question-only baseline is undefined. `judgements` are by question id.
    `on_measure` hears the label of each measure before its resampling; `resamples` is how often
    each is resampled.
    """
    answered = [t for t in tasks if t.example.id in predictions]
    guesses = _question_only(answered, encoder)
    scores = score_all(answered, predictions, judgements=judgements or {}, guesses=guesses)
    estimates = {}
    for measure in MEASURES:
        on_measure(measure.label)
        estimates[measure.name] = estimate(measure, scores, resamples=resamples)
    return Evaluation(
        sets=tuple(dict.fromkeys(t.set_name for t in tasks)),
        answerer=", ".join(dict.fromkeys(s.prediction.answerer for s in scores)),
        scores=scores,
        failed=tuple(failed),
        estimates=estimates,
        categories=_breakdown(scores, lambda s: s.task.example.category, resamples),
        set_figures=_breakdown(scores, lambda s: s.task.set_name, resamples),
        comparison=None
        if against is None
        else compare(scores, against, guesses, on_measure, resamples),
        usage=_usage(scores, judge_usage or {}),
    )


def score_all(
    tasks: Sequence[Task],
    predictions: Mapping[str, Prediction],
    *,
    judgements: Mapping[str, Judgement],
    guesses: Sequence[float] | None,
) -> tuple[Score, ...]:
    """The score of every task; `guesses` are the question-only probabilities, in the same order."""
    scores = []
    for index, task in enumerate(tasks):
        example, prediction = task.example, predictions[task.example.id]
        overlap = None
        if example.answerable and example.answers and prediction.answered:
            overlap = text_overlap(prediction.answer, example.answers)
        scores.append(
            score(
                task,
                prediction,
                judgement=judgements.get(example.id),
                question_only=None if guesses is None else guesses[index],
                overlap=overlap,
            )
        )
    return tuple(scores)


def compare(
    new: Sequence[Score],
    against: Mapping[str, Prediction],
    guesses: Sequence[float] | None = None,
    on_measure: Callable[[str], None] = lambda label: None,
    resamples: int = RESAMPLES,
) -> Comparison:
    """The scores against predictions of before, on the questions that both have."""
    shared = [i for i, s in enumerate(new) if s.task.example.id in against]
    ours = [new[i] for i in shared]
    theirs = score_all(
        [s.task for s in ours],
        against,
        judgements={},
        guesses=None if guesses is None else [guesses[i] for i in shared],
    )
    differences = {}
    for measure in MEASURES:
        if measure.group == question_only.GROUP:
            continue  # the same classifier on the same questions
        on_measure(measure.label)
        differences[measure.name] = difference(measure, ours, theirs, resamples=resamples)
    both = list(zip(ours, theirs, strict=True))
    return Comparison(
        n=len(both),
        differences=differences,
        won=tuple((a, b) for a, b in both if b.outcome.is_failure and not a.outcome.is_failure),
        lost=tuple((a, b) for a, b in both if a.outcome.is_failure and not b.outcome.is_failure),
    )


def _question_only(tasks: Sequence[Task], encoder: Embeddings | None) -> tuple[float, ...] | None:
    if encoder is None or not tasks:
        return None
    embeddings = np.array([encoder.embed_query(t.example.question) for t in tasks])
    return question_only.question_only_probabilities(tasks, embeddings)


def _breakdown(
    scores: Sequence[Score], name_of: Callable[[Score], str | None], resamples: int
) -> tuple[Breakdown, ...]:
    """The figures by category, in order of name; questions without one are left out."""
    members: dict[str, list[Score]] = defaultdict(list)
    for each in scores:
        name = name_of(each)
        if name is not None:
            members[name].append(each)
    return tuple(
        Breakdown(
            name=name,
            n=len(members[name]),
            estimates={
                m.name: estimate(m, members[name], resamples=resamples) for m in BY_CATEGORY
            },
        )
        for name in sorted(members)
    )


def _usage(scores: Sequence[Score], judge: Mapping[str, int]) -> dict[str, int]:
    """Tokens and calls, summed over the predictions; the judge's under names of their own."""
    total: dict[str, int] = defaultdict(int)
    for each in scores:
        for name, count in (each.prediction.usage or {}).items():
            total[name] += count
    for name, count in judge.items():
        total[f"judge_{name}"] += count
    return dict(total)
