"""Evidence measures: whether what is cited proves what is needed.

Answerable questions whose author gave evidence; a refused one cites nothing and counts as such.
`proof` says when a citation proves a passage.
"""

from __future__ import annotations

from assistant.evaluation.measures import question_measure
from assistant.evaluation.scoring import Score

GROUP = "Evidence"


@question_measure("fact_recall", "Needed facts cited", group=GROUP, better="more", percent=True)
def fact_recall(score: Score) -> float | None:
    """Share of a question's needed facts that its citations prove, averaged over questions: ALCE's
    citation recall (Gao et al. 2023, "Enabling Large Language Models to Generate Text with
    Citations", section 4), with the author's needed facts in place of the answer's statements and
    verbatim passages in place of the entailment model. A refused question counts 0.
    """
    if not score.has_evidence:
        return None
    return sum(score.facts) / len(score.facts)


@question_measure(
    "first_citation", "First citation right", group=GROUP, better="more", percent=True
)
def first_citation(score: Score) -> float | None:
    """Share of questions whose first citation helps to prove a needed fact: what a reader who
    follows a single link sees (precision at one). A refused question counts 0.
    """
    if not score.has_evidence:
        return None
    return float(bool(score.helping) and score.helping[0])


@question_measure(
    "citation_precision", "Citation precision", group=GROUP, better="more", percent=True
)
def citation_precision(score: Score) -> float | None:
    """Share of an answer's citations that help to prove some needed fact, averaged over questions:
    ALCE's citation precision (Gao et al. 2023, section 4): a citation counts when it proves a fact
    alone, or when all together prove one that the others without it do not. An answer that cites
    nothing counts 0, as there.
    """
    if not score.has_evidence:
        return None
    return sum(score.helping) / len(score.helping) if score.helping else 0.0


@question_measure(
    "quotation_exactness", "Quotations exact (must be 1)", group=GROUP, better="more", percent=True
)
def quotation_exactness(score: Score) -> float | None:
    """Share of the quotations shown (citations and nearest passages) that are the source's own
    characters at their offsets, averaged over questions that show any. Anything below 1 is a
    defect: a quotation that cannot be checked.
    """
    return sum(score.exact) / len(score.exact) if score.exact else None


@question_measure("words", "Quoted words an answer", group=GROUP, better="neither")
def words(score: Score) -> float | None:
    """Words quoted in an answer (runs without white space, over all its citations), averaged over
    the questions answered.
    """
    return float(score.words) if score.answered else None


@question_measure("citations", "Citations an answer", group=GROUP, better="neither")
def citations(score: Score) -> float | None:
    """Citations in an answer, averaged over the questions answered."""
    return float(len(score.prediction.citations)) if score.answered else None


MEASURES = (
    fact_recall, first_citation, citation_precision, quotation_exactness, words, citations,
)  # fmt: skip
