"""`report.html`: the whole run in one file that opens anywhere, without network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from assistant.answer import describe_paragraph, describe_voice
from assistant.evaluation import plots
from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.evaluation import BY_CATEGORY, MEASURES, Evaluation
from assistant.evaluation.figures import change_text, figure_text, interval_text, verdict
from assistant.evaluation.measures import Measure
from assistant.evaluation.predictions import Quoted
from assistant.evaluation.proof import Offsets, source_text
from assistant.evaluation.scoring import Outcome, Score
from vectorstore.opinion import BlockKind, Opinion

_ORDER = (
    Outcome.ANSWERED_ABSENT, Outcome.REFUSED, Outcome.MISSED, Outcome.TOO_LONG, Outcome.UNGRADED,
    Outcome.RIGHT, Outcome.RIGHTLY_DECLINED,
)  # fmt: skip


def write_report(evaluation: Evaluation, path: Path, *, made: str) -> None:
    """Write the report; `made` says when, in words."""
    path.write_text(report(evaluation, made=made), encoding="utf-8")


def report(evaluation: Evaluation, *, made: str) -> str:
    """The report as one HTML text. All that comes from questions, answers and opinions is escaped
    by the template, or set as text by its script.
    """
    # Imported here: only the report needs a template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    page = files("assistant.evaluation") / "report_page"
    environment = Environment(
        loader=PackageLoader("assistant.evaluation", "report_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ordered = sorted(evaluation.scores, key=lambda s: _ORDER.index(s.outcome))
    numbers = {s.task.example.id: n for n, s in enumerate(ordered, 1)}
    titles = tuple(dict.fromkeys(s.task.opinion.title for s in evaluation.scores))
    return environment.get_template("report.html").render(
        css=Markup((page / "report.css").read_text(encoding="utf-8")),
        js=Markup((page / "report.js").read_text(encoding="utf-8")),
        data=Markup(_embedded({"opinions": _opinions(ordered)})),
        titles=titles,
        made=made,
        sets=evaluation.sets,
        answerer=evaluation.answerer,
        n=len(evaluation.scores),
        failed=evaluation.failed,
        usage=evaluation.usage,
        headline=_row(MEASURES[0], evaluation.estimates[MEASURES[0].name]),
        groups=_groups(evaluation),
        category_measures=[m.label for m in BY_CATEGORY[1:]],
        categories=[_category(c.name, c.n, c.estimates) for c in evaluation.categories],
        set_figures=[_category(c.name, c.n, c.estimates) for c in evaluation.set_figures],
        risk_coverage=Markup(plots.risk_coverage_plot(evaluation.scores)),
        calibration=Markup(plots.calibration_plot(evaluation.scores)),
        comparison=_comparison(evaluation, numbers),
        questions=[_question(s, numbers[s.task.example.id]) for s in ordered],
        outcomes=_counts([str(s.outcome) for s in ordered]),
        category_names=_counts([s.task.example.category or "" for s in ordered]),
        failures=len(evaluation.failures),
    )


def _embedded(data: Mapping[str, Any]) -> str:
    """JSON for a script element, in which no text of the data can end the element."""
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _opinions(scores: Sequence[Score]) -> dict[str, Any]:
    """Each opinion asked about, once: its blocks as texts with where they start in the source."""
    asked: dict[str, Opinion] = {s.task.opinion.digest: s.task.opinion for s in scores}
    return {
        digest: [
            {
                "start": block.start,
                "text": opinion.text(block),
                "label": "" if block.label == "h" else describe_paragraph(block.label),
                "kind": "heading"
                if block.kind in (BlockKind.TITLE, BlockKind.HEADING)
                else "quotation"
                if block.kind is BlockKind.QUOTATION
                else "text",
            }
            for block in opinion.blocks
        ]
        for digest, opinion in asked.items()
    }


def _row(measure: Measure, estimate: Estimate) -> dict[str, Any]:
    from markupsafe import Markup

    within = estimate.value is not None and 0 <= estimate.value <= 1 and measure.group != "Time"
    drawn = within and measure.name not in ("words", "citations")
    return {
        "name": measure.name,
        "label": measure.label,
        "definition": measure.definition,
        "figure": figure_text(measure, estimate.value),
        "interval": interval_text(measure, estimate),
        "n": estimate.n,
        "unit": "pairs" if measure.by_pair else "questions",
        "whisker": Markup(plots.whisker(estimate)) if drawn else "",
    }


def _groups(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {"name": name, "rows": [_row(m, evaluation.estimates[m.name]) for m in measures]}
        for name, measures in evaluation.groups
    ]


def _category(name: str, n: int, estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    first, *others = BY_CATEGORY
    return {
        "name": name,
        "n": n,
        "whole": _row(first, estimates[first.name]),
        "others": [figure_text(m, estimates[m.name].value) for m in others],
    }


def _comparison(evaluation: Evaluation, numbers: Mapping[str, int]) -> dict[str, Any] | None:
    comparison = evaluation.comparison
    if comparison is None:
        return None

    def changed(pairs: Sequence[tuple[Score, Score]]) -> list[dict[str, Any]]:
        return [
            {
                "number": numbers[new.task.example.id],
                "id": new.task.example.id,
                "question": new.task.example.question,
                "before": str(old.outcome),
                "after": str(new.outcome),
            }
            for new, old in pairs
        ]

    return {
        "n": comparison.n,
        "rows": [
            {
                "label": m.label,
                "group": m.group,
                "change": change_text(m, comparison.differences[m.name]),
                "interval": interval_text(m, comparison.differences[m.name]),
                "verdict": verdict(m, comparison.differences[m.name]),
            }
            for m in MEASURES
            if m.name in comparison.differences and comparison.differences[m.name].value is not None
        ],
        "won": changed(comparison.won),
        "lost": changed(comparison.lost),
    }


def _question(score: Score, number: int) -> dict[str, Any]:
    example, prediction = score.task.example, score.prediction
    text = source_text(score.task.opinion.source)
    needed = [text.occurrences(p) for fact in example.evidence for p in fact]
    shown = prediction.citations if prediction.answered else prediction.related
    said = " ".join(prediction.answer.split())
    repeats = all(" ".join(c.quote.split()) in said for c in shown)
    return {
        "number": number,
        "id": example.id,
        "question": example.question,
        "history": [{"role": t.role, "content": t.content} for t in example.turns],
        "category": example.category or "",
        "outcome": str(score.outcome),
        "failure": score.outcome.is_failure,
        "answerable": example.answerable,
        "answered": prediction.answered,
        "answer": prediction.answer,
        "citations": [] if repeats else [_quotation(c) for c in shown],
        "references": example.answers,
        "facts": [
            {"cited": cited, "passages": passages}
            for cited, passages in zip(score.facts, example.evidence, strict=True)
        ],
        "confidence": f"{prediction.confidence:.2f}",
        "words": score.words,
        "variant": example.variant is not None,
        "judgement": score.judgement,
        "opinion": score.task.opinion.digest,
        "marks": json.dumps(
            {
                "shown" if prediction.answered else "near": _offsets(c.span for c in shown),
                "needed": _offsets(place for places in needed for place in places),
            }
        ),
    }


def _quotation(citation: Quoted) -> dict[str, Any]:
    return {
        "marker": citation.marker,
        "quote": citation.quote,
        "place": describe_paragraph(citation.paragraph) if citation.paragraph else "",
        "voice": describe_voice(citation.voice),
    }


def _offsets(spans: Any) -> list[Offsets]:
    return [(int(start), int(end)) for start, end in spans]


def _counts(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names)) if name}
