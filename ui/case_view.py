"""One question of a run, seen in the opinion: what was needed, what was cited, what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.evaluation.proof import source_text
from ui.marked_opinion import Mark, marked_opinion_html
from ui.markup import escape

if TYPE_CHECKING:
    from assistant.evaluation.scoring import Score

_NOTHING = '<p class="aside">Nothing is marked: nothing was needed, and nothing was shown.</p>'
_LONG = 300  # characters of an answer that are shown without being asked for


def case_html(score: Score) -> str:
    """The question with its outcome, the answer beside the reference, and the opinion, marked."""
    example = score.task.example
    marks = _marks(score)
    return (
        '<section class="case" aria-labelledby="case-title"><header class="case-head">'
        f'<p class="outcome">{escape(str(score.outcome))}</p>'
        '<button type="button" class="quiet close-case">Back to the list</button></header>'
        f'<h3 id="case-title" tabindex="-1" dir="auto">{escape(example.question)}</h3>'
        f'{_history(score)}<div class="said">{_references(score)}{_said(score)}'
        f'<p class="aside">{escape(_facts(score))}</p></div>'
        f"<h4>{_title(score)}</h4>"
        + (_legend(marks) or _NOTHING)
        + f"{marked_opinion_html(score.task.opinion, marks)}</section>"
    )


def _marks(score: Score) -> tuple[Mark, ...]:
    text = source_text(score.task.opinion.source)
    prediction = score.prediction
    needed = [
        (place, cited)
        for fact, cited in zip(score.task.example.evidence, score.facts, strict=True)
        for passage in fact
        for place in text.occurrences(passage)
    ]
    shown = prediction.citations if prediction.answered else prediction.related
    cited = Mark(css="given", told="cited", places=[c.span for c in shown])
    near = Mark(css="nearest", told="shown as near, not as an answer", places=cited.places)
    return (
        Mark(css="wanted missed", told="needed, not cited", places=[p for p, c in needed if not c]),
        Mark(css="wanted", told="needed", places=[p for p, c in needed if c]),
        cited if prediction.answered else near,
    )


def _title(score: Score) -> str:
    if score.task.example.variant is not None:
        return "In the variant of the opinion that was asked"
    return "In the opinion"


def _legend(marks: Sequence[Mark]) -> str:
    """The kinds of marks there are; pressing one shows its passages in turn."""
    items = "".join(
        f'<li><button type="button" class="to-mark" data-mark="{m.css.split()[-1]}">'
        f'<mark class="{m.css}">{escape(m.told)}</mark></button></li>'
        for m in marks
        if m.places
    )
    return items and f'<ul class="legend" aria-label="Show the passages">{items}</ul>'


def _history(score: Score) -> str:
    turns = score.task.example.turns
    if not turns:
        return ""
    lines = "".join(
        f"<li><b>{'Asked' if t.role == 'user' else 'Answered'}:</b> {escape(t.content)}</li>"
        for t in turns
    )
    return f'<details class="before"><summary>Asked before it</summary><ul>{lines}</ul></details>'


def _said(score: Score) -> str:
    """What was answered; a long answer is folded, since its quotations are marked below."""
    words = f", in {score.words} quoted words" if score.answered else ""
    text = score.prediction.answer
    return (
        f"<details{'' if len(text) > _LONG else ' open'}><summary>"
        f"{'Answered' if score.answered else 'Declined'}{words}</summary>"
        f'<p class="words" dir="auto">{escape(text)}</p></details>'
    )


def _references(score: Score) -> str:
    example = score.task.example
    if not example.answerable:
        return '<p><span class="aside">Known answer</span> none: the opinion does not give one.</p>'
    if not example.answers:
        return ""
    known = escape(example.answers[0])
    return f'<p dir="auto"><span class="aside">Known answer</span> {known}</p>'


def _facts(score: Score) -> str:
    sure = f"{score.prediction.confidence:.0%} sure that the opinion answers it"
    if not score.facts:
        return sure
    return f"{sum(score.facts)} of {len(score.facts)} needed facts cited · {sure}"
