"""The names that the command line takes; they stand alone so that its help costs nothing."""

from __future__ import annotations

from enum import StrEnum

DEFAULT_SET = "cook"


class AnswererName(StrEnum):
    """Who is evaluated: quotations, a chat model, the plain recipe with four chunks or with one."""

    EXTRACTIVE = "extractive"
    CHAT = "chat"
    BASELINE = "baseline"
    BASELINE_ONE = "baseline-1"
