"""What a measure is, and the list of all of them.

A measure is a function with its definition and source as docstring (the report shows it), under
the name that `metrics.json` and `--min` use. A question measure gives a value for one question, or
None where it does not apply, and its figure is the mean; a set measure needs all questions at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.evaluation.scoring import Score

Better = Literal["more", "less", "neither"]
OfQuestion = Callable[[Score], float | None]
OfSet = Callable[[Sequence[Score]], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`better` says which way is better; `percent` that it is a share, shown as a percentage.

    Exactly one of `of_question` and `of_set` is set. `by_pair` means that only contrast pairs
    count, and that `n` counts them.
    """

    name: str
    label: str
    group: str
    better: Better
    percent: bool = False
    by_pair: bool = False
    of_question: OfQuestion | None = None
    of_set: OfSet | None = None

    @property
    def definition(self) -> str:
        function = self.of_question or self.of_set
        return " ".join((inspect.getdoc(function) or "").split())


def question_measure(
    name: str, label: str, *, group: str, better: Better, percent: bool = False
) -> Callable[[OfQuestion], Measure]:
    """Make a measure of a function of one question."""

    def made(function: OfQuestion) -> Measure:
        return Measure(
            name=name, label=label, group=group, better=better, percent=percent,
            of_question=function,
        )  # fmt: skip

    return made


def set_measure(
    name: str,
    label: str,
    *,
    group: str,
    better: Better,
    percent: bool = False,
    by_pair: bool = False,
) -> Callable[[OfSet], Measure]:
    """Make a measure of a function of all questions."""

    def made(function: OfSet) -> Measure:
        return Measure(
            name=name, label=label, group=group, better=better, percent=percent, by_pair=by_pair,
            of_set=function,
        )  # fmt: skip

    return made
