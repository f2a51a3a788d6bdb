"""How many words an answer shares with the reference answers.

Weak evidence for quotations: the court's own sentence and a plain-words reference that say the
same share few words. The figures compare runs of one answerer rather than answerers.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_MARKER = re.compile(r"\[\d+\]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}“”‘’—–§¶]")


@dataclass(frozen=True, slots=True)
class TextOverlap:
    """Both from 0 to 1, each the best over the reference answers."""

    token_f1: float
    rouge_l: float


def text_overlap(answer: str, references: Sequence[str]) -> TextOverlap:
    """The overlap of an answer, its markers left out, with the closest reference answer."""
    # Imported here: rouge_score brings in nltk, which costs seconds that scoring alone needs.
    from rouge_score.rouge_scorer import RougeScorer

    text = _MARKER.sub(" ", answer)
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    return TextOverlap(
        token_f1=max(token_f1(text, r) for r in references),
        rouge_l=float(max(scorer.score(r, text)["rougeL"].fmeasure for r in references)),
    )


def token_f1(answer: str, reference: str) -> float:
    """The F1 of the shared words, as SQuAD counts them (Rajpurkar et al. 2016, section 6.1): lower
    case, no punctuation, no articles. Two empty texts agree.

    >>> token_f1("The officers.", "two officers")
    0.6666666666666666
    """
    ours, theirs = squad_tokens(answer), squad_tokens(reference)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def squad_tokens(text: str) -> list[str]:
    """Words as SQuAD's own script normalises them, curly quotes and dashes being punctuation too.

    >>> squad_tokens("The court’s ruling, again")
    ['courts', 'ruling', 'again']
    """
    return _ARTICLES.sub(" ", _PUNCTUATION.sub("", text.lower())).split()
