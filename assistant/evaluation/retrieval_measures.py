"""Retrieval measures: whether the ranking holds what is needed, and how high.

Answerable questions whose author gave evidence, refused ones included: the ranking is there
whatever became of the answer.
"""

from __future__ import annotations

from assistant.evaluation.measures import Measure, question_measure
from assistant.evaluation.scoring import DEPTHS, Score

GROUP = "Retrieval"


def _recall_at(k: int) -> Measure:
    @question_measure(
        f"recall@{k}", f"Needed facts in the top {k}", group=GROUP, better="more", percent=True
    )
    def recall(score: Score) -> float | None:
        """Share of a question's needed facts that the k best retrieved passages prove together,
        averaged over questions (recall at k; Manning, Raghavan & Schütze 2008, section 8.4).
        """
        return None if score.retrieval is None else score.retrieval.facts_found[k]

    return recall


def _char_precision_at(k: int) -> Measure:
    @question_measure(
        f"char_precision@{k}", f"Characters precision, top {k}", group=GROUP, better="more",
        percent=True,
    )  # fmt: skip
    def char_precision(score: Score) -> float | None:
        """Share of the characters of the k best retrieved passages that lie in a passage the author
        gave, averaged over questions: LegalBench-RAG's precision at k (Pipitone & Houir Alami 2024,
        section 4). A character retrieved twice counts once; any interchangeable passage counts.
        """
        return None if score.retrieval is None else score.retrieval.char_precision[k]

    return char_precision


def _char_recall_at(k: int) -> Measure:
    @question_measure(
        f"char_recall@{k}", f"Characters recall, top {k}", group=GROUP, better="more", percent=True
    )
    def char_recall(score: Score) -> float | None:
        """Share of the needed characters that the k best retrieved passages hold, averaged over
        questions: LegalBench-RAG's recall at k (Pipitone & Houir Alami 2024, section 4). Of a
        fact's interchangeable passages the one best covered is needed.
        """
        return None if score.retrieval is None else score.retrieval.char_recall[k]

    return char_recall


@question_measure("mrr", "Mean reciprocal rank", group=GROUP, better="more")
def mrr(score: Score) -> float | None:
    """Mean over questions of 1 / rank of the first retrieved passage that proves a needed fact
    alone, 0 when none does (Voorhees 1999, the TREC-8 question answering track).
    """
    if score.retrieval is None:
        return None
    rank = score.retrieval.first_rank
    return 0.0 if rank is None else 1 / rank


MEASURES = (
    *(_recall_at(k) for k in DEPTHS),
    mrr,
    *(_char_precision_at(k) for k in DEPTHS),
    *(_char_recall_at(k) for k in DEPTHS),
)
