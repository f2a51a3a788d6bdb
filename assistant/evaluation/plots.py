"""The report's plots, as vector graphics that take their colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from assistant.evaluation.abstention import RISK, calibration, risk_coverage
from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.scoring import Score

_WIDTH, _HEIGHT = 380, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 362, 12, 256


def whisker(estimate: Estimate) -> str:
    """A figure between 0 and 1 as a dot on a line of the width there is, its interval as a bar."""
    if estimate.value is None:
        return ""
    svg = Element(
        "svg", {"class": "whisker", "width": "100%", "height": "16", "aria-hidden": "true"}
    )
    _line(svg, "track", ("0%", "8"), ("100%", "8"))
    if estimate.low is not None and estimate.high is not None:
        _line(svg, "interval", (_share(estimate.low), "8"), (_share(estimate.high), "8"))
    SubElement(svg, "circle", {"cx": _share(estimate.value), "cy": "8", "r": "4"})
    return tostring(svg, encoding="unicode")


def risk_coverage_plot(scores: Sequence[Score]) -> str:
    """Risk against coverage, with the line of 5% risk and the point where the assistant stands."""
    if not scores:
        return ""
    curve = risk_coverage(scores)
    answered = [s for s in scores if s.answered]
    risk = sum(not s.answerable for s in answered) / len(answered) if answered else 0.0
    told = (
        f"Risk-coverage curve. Taking all questions, {curve.risk[-1]:.0%} are not answerable; the "
        f"assistant answers {len(answered) / len(scores):.0%}, of which {risk:.0%} are not."
    )
    svg = _frame("questions taken, the surest first", "of these not answerable", told)
    _line(svg, "guide", _at(0, RISK), _at(1, RISK))
    _text(svg, "guide-label", (_RIGHT - 2, float(_at(0, RISK)[1]) - 4), "5%", anchor="end")
    points = [_at(c, r) for c, r in zip(curve.coverage, curve.risk, strict=True)]
    path = " ".join(f"{x},{y}" for x, y in points)
    SubElement(svg, "polyline", {"class": "curve", "points": path})
    x, y = _at(len(answered) / len(scores), risk)
    SubElement(svg, "circle", {"class": "stand", "cx": x, "cy": y, "r": "5"})
    return tostring(svg, encoding="unicode")


def calibration_plot(scores: Sequence[Score]) -> str:
    """Share answerable against mean confidence, a dot a bin, its area by the questions in it."""
    bins = calibration(scores) if scores else ()
    if not bins:
        return ""
    told = "Calibration. " + "; ".join(
        f"confidence {b.confidence:.2f}: {b.answerable:.0%} of {b.count} answerable" for b in bins
    )
    svg = _frame("confidence", "answerable", told)
    _line(svg, "guide", _at(0, 0), _at(1, 1))
    most = max(b.count for b in bins)
    for b in bins:
        x, y = _at(b.confidence, b.answerable)
        radius = f"{3 + 9 * (b.count / most) ** 0.5:.1f}"
        dot = SubElement(svg, "circle", {"class": "bin", "cx": x, "cy": y, "r": radius})
        SubElement(dot, "title").text = f"{b.count} questions, {b.answerable:.0%} answerable"
    return tostring(svg, encoding="unicode")


def _frame(across: str, up: str, told: str) -> Element:
    """Axes from 0 to 100% with their names; `told` is the plot in words."""
    svg = Element("svg", {"class": "plot", "viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img"})
    SubElement(svg, "title").text = told
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        left, right = _at(0, tick), _at(1, tick)
        _line(svg, "grid", left, right)
        _text(svg, "tick", (_LEFT - 6, float(left[1]) + 4), f"{tick:.0%}", anchor="end")
        below = float(_at(tick, 0)[0])
        _text(svg, "tick", (below, _BOTTOM + 16), f"{tick:.0%}", anchor="middle")
    _text(svg, "axis", ((_LEFT + _RIGHT) / 2, _HEIGHT - 8), across, anchor="middle")
    name = _text(svg, "axis", (11, (_TOP + _BOTTOM) / 2), up, anchor="middle")
    name.set("transform", f"rotate(-90 11 {(_TOP + _BOTTOM) / 2})")
    return svg


def _at(across: float, up: float) -> tuple[str, str]:
    x = _LEFT + across * (_RIGHT - _LEFT)
    y = _BOTTOM - up * (_BOTTOM - _TOP)
    return f"{x:.1f}", f"{y:.1f}"


def _share(value: float) -> str:
    return f"{100 * min(1.0, max(0.0, value)):.2f}%"


def _line(svg: Element, kind: str, start: tuple[str, str], end: tuple[str, str]) -> None:
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(svg, "line", {"class": kind} | ends)


def _text(svg: Element, kind: str, at: tuple[float, float], text: str, *, anchor: str) -> Element:
    element = SubElement(
        svg,
        "text",
        {"class": kind, "x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": anchor},
    )
    element.text = text
    return element
