"""Thumbs on answers: one person's verdicts in one conversation, each kept in the feedback file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from assistant.errors import EvaluationInputError
from assistant.evaluation.feedback import record
from ui.conversation import Conversation, history

Thumb = Literal["up", "down"]
LONGEST_REASON = 2_000  # characters
THUMBS: tuple[Thumb, ...] = ("up", "down")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was said of one answer: `problem` is the line that says why it could not be kept."""

    thumb: Thumb
    reason: str = ""
    problem: str | None = None


class Verdicts:
    """The verdicts of one conversation, by the exchange's place in it (from 0).

    Each press is appended to the file at `path`: of several on one answer the last counts.
    """

    def __init__(self, path: Path, opinion: str) -> None:
        self._path = path
        self._opinion = opinion
        self._given: dict[int, Verdict] = {}

    @property
    def given(self) -> Mapping[int, Verdict]:
        return self._given

    def give(
        self, conversation: Conversation, place: int, thumb: Thumb, reason: str | None = None
    ) -> None:
        """Keep a verdict on an answered exchange; a place that holds no answer is passed over.

        Without a `reason` (None) the one given before stays, if the thumb is the same.
        """
        if not 0 <= place < len(conversation):
            return
        answer = conversation[place].answer
        if answer is None:
            return
        before = self._given.get(place)
        if reason is None and before is not None and before.thumb == thumb:
            reason = before.reason
        verdict = Verdict(thumb=thumb, reason=(reason or "").strip()[:LONGEST_REASON])
        if verdict == before:
            return
        try:
            record(
                self._path,
                answer=answer,
                opinion=self._opinion,
                verdict=thumb,
                reason=verdict.reason,
                history=history(conversation[:place]),
            )
        except EvaluationInputError as error:
            verdict = replace(verdict, problem=str(error))
        self._given[place] = verdict

    def clear(self) -> None:
        """Forget them, with their conversation; the file keeps them."""
        self._given.clear()
