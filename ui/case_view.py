"""One question of a run, seen in the opinion: what was needed, what was cited, what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.evaluation.proof import source_text
from ui.marked_opinion import Mark, marked_opinion_html
from ui.markup import escape

if TYPE_CHECKING:
    from assistant.evaluation.scoring import Score


def case_html(score: Score) -> str:
    """The question with its outcome, the answer beside the reference, and the opinion, marked."""
    example, prediction = score.task.example, score.prediction
    marks = _marks(score)
    legend = "".join(
        f'<li><mark class="{m.css}">{escape(m.told)}</mark></li>' for m in marks if m.places
    )
    return (
        '<section class="case" aria-labelledby="case-title"><header class="case-head">'
        f'<p class="outcome">{escape(str(score.outcome))}</p>'
        '<button type="button" class="quiet close-case">Back to the questions</button></header>'
        f'<h3 id="case-title" tabindex="-1" dir="auto">{escape(example.question)}</h3>'
        f"{_history(score)}<dl>{_said(score)}{_references(score)}{_facts(score)}"
        f"<dt>Sure that it is answered</dt><dd>{prediction.confidence:.0%}</dd></dl>"
        f"<h4>{_title(score)}</h4>"
        + (f'<ul class="legend" aria-label="Marks">{legend}</ul>' if legend else _nothing(score))
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


def _nothing(score: Score) -> str:
    return '<p class="aside">Nothing is marked: nothing was needed, and nothing was shown.</p>'


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
    what = "Answered" if score.answered else "Declined"
    words = f" ({score.words} quoted words)" if score.answered else ""
    return (
        f'<dt>{what}{words}</dt><dd class="said" dir="auto">{escape(score.prediction.answer)}</dd>'
    )


def _references(score: Score) -> str:
    example = score.task.example
    if not example.answerable:
        return "<dt>Known answer</dt><dd>None: the opinion does not answer this.</dd>"
    if not example.answers:
        return ""
    return f'<dt>Known answer</dt><dd dir="auto">{escape(example.answers[0])}</dd>'


def _facts(score: Score) -> str:
    if not score.facts:
        return ""
    count = f"{sum(score.facts)} of {len(score.facts)}"
    return f"<dt>Needed facts cited</dt><dd>{count}</dd>"
