"""Figures as people read them: in the terminal, in the report, and in the page."""

from __future__ import annotations

from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.measures import Measure

UNDEFINED = "–"


def figure_text(measure: Measure, value: float | None) -> str:
    """A value with its unit: "39.4%", "0.533", "−84.2", and a dash where it is undefined."""
    if value is None:
        return UNDEFINED
    if measure.percent:
        text = f"{100 * value:.1f}%"
    else:
        text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
    return text.replace("-", "−")


def interval_text(measure: Measure, estimate: Estimate) -> str:
    """The 95% interval: "34.1 to 44.6", in the unit of the figure; a dash where there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return UNDEFINED
    low, high = (figure_text(measure, v).rstrip("%") for v in (estimate.low, estimate.high))
    return f"{low} to {high}"


def change_text(measure: Measure, change: Estimate) -> str:
    """A difference with its sign: "+3.1", in points where the measure is a share."""
    if change.value is None:
        return UNDEFINED
    return f"{'+' if change.value > 0 else ''}{figure_text(measure, change.value).rstrip('%')}"


def verdict(measure: Measure, change: Estimate) -> str:
    """What a difference says: "better" or "worse" where its interval leaves zero out, "higher" or
    "lower" for a measure that has no better way, else nothing.
    """
    if change.low is None or change.high is None or change.low <= 0 <= change.high:
        return ""
    rose = change.low > 0
    if measure.better == "neither":
        return "higher" if rose else "lower"
    return "better" if rose == (measure.better == "more") else "worse"
