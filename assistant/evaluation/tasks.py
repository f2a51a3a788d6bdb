"""From question sets to tasks: each question with the opinion it is asked of, everything checked.

Nothing is embedded or asked here: a set that does not fit its opinion is refused with one line
before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from pathlib import Path

from assistant.errors import EvaluationInputError
from assistant.evaluation.json_lines import brief
from assistant.evaluation.proof import source_text
from assistant.evaluation.question_sets import Example, QuestionSet
from assistant.evaluation.variants import build_variant
from vectorstore.opinion import Opinion
from vectorstore.reading import read_opinion

_WINDOWS_COMPARED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question and the opinion, or variant of one, that it is asked of."""

    example: Example
    opinion: Opinion
    set_name: str

    @property
    def unit(self) -> str:
        """What is resampled together: a contrast pair, or the question on its own."""
        key = self.example.pair_key
        return f"question {self.example.id}" if key is None else f"pair {key}"


def build_tasks(
    sets: Sequence[QuestionSet], in_use: Opinion, *, others: Sequence[Opinion] = ()
) -> tuple[Task, ...]:
    """Every question with its opinion, in the sets' order.

    A question that names no opinion is asked of the one `in_use`; a name is the id of that one or
    of the `others`, or a path relative to the set. Raises EvaluationInputError when an id comes
    twice, an opinion is not there, a variant cannot be built, or evidence does not occur in the
    opinion that the question is asked of; OpinionFileError when an opinion's file cannot be read.
    """
    tasks: list[Task] = []
    seen: dict[str, str] = {}
    opinions: dict[tuple[str | None, Path], Opinion] = {}
    for chosen in sets:
        for example in chosen.examples:
            if example.id in seen:
                raise EvaluationInputError(
                    f"The id '{example.id}' is in {seen[example.id]} and again in {chosen.name}; "
                    "sets run together need ids of their own."
                )
            seen[example.id] = chosen.name
            key = (example.opinion, chosen.folder)
            if key not in opinions:
                opinions[key] = _opinion_of(example, chosen, in_use, others)
            opinion = opinions[key]
            if example.variant is not None:
                opinion = _variant(opinion, example, chosen)
            tasks.append(Task(example=example, opinion=opinion, set_name=chosen.name))
    _check_evidence(tasks)
    return tuple(tasks)


def nearest_passage(passage: str, source: str) -> str:
    """The stretch of the source most like a passage that does not occur in it.

    Windows of as many words as the passage has are compared by difflib's ratio, the likeliest
    first by shared words; white space in the result is folded.
    """
    words = list(re.finditer(r"\S+", source))
    wanted = passage.split()
    size = max(1, min(len(wanted), len(words)))
    vocabulary = {w.lower() for w in wanted}
    shared = [w.group().lower() in vocabulary for w in words]
    starts = range(max(1, len(words) - size + 1)) if words else range(0)
    likely = nlargest(_WINDOWS_COMPARED, starts, key=lambda s: sum(shared[s : s + size]))
    texts = [" ".join(w.group() for w in words[s : s + size]) for s in sorted(likely)]
    target = " ".join(wanted)
    return max(
        texts, key=lambda t: SequenceMatcher(None, t, target, autojunk=False).ratio(), default=""
    )


def _opinion_of(
    example: Example, chosen: QuestionSet, in_use: Opinion, others: Sequence[Opinion]
) -> Opinion:
    if example.opinion is None:
        return in_use
    for opinion in (in_use, *others):
        if example.opinion == opinion.id:
            return opinion
    path = chosen.folder / example.opinion
    if path.is_file():
        return read_opinion(path)
    raise EvaluationInputError(
        f"{chosen.name}, question '{example.id}': it is about the opinion '{example.opinion}', "
        f"which is neither the one in use ('{in_use.id}') nor a file at {path}. Name the opinion's "
        "file with --opinion, or put it there."
    )


def _variant(opinion: Opinion, example: Example, chosen: QuestionSet) -> Opinion:
    assert example.variant is not None
    recipe = example.variant
    after = (recipe.insert.after,) if recipe.insert else ()
    for sentence in (*recipe.remove, *after):
        if not source_text(opinion.source).occurrences(sentence):
            raise EvaluationInputError(
                f"{chosen.name}, question '{example.id}', field 'variant': the sentence "
                f"“{brief(sentence)}” does not occur in the opinion '{opinion.id}'; the nearest "
                f"that does is “{brief(nearest_passage(sentence, opinion.source))}”."
            )
    return build_variant(opinion, recipe)


def _check_evidence(tasks: Sequence[Task]) -> None:
    missing = [
        (task, passage)
        for task in tasks
        for fact in task.example.evidence
        for passage in fact
        if not source_text(task.opinion.source).occurrences(passage)
    ]
    if not missing:
        return
    task, passage = missing[0]
    given = sum(len(fact) for t in tasks for fact in t.example.evidence)
    if len(missing) == given > 1:
        also = (
            f" None of the {given} passages occurs: is this a set on another opinion? "
            "Name its file with --opinion."
        )
    else:
        also = f" {len(missing)} of the {given} passages do not occur." if len(missing) > 1 else ""
    raise EvaluationInputError(
        f"{task.set_name}, question '{task.example.id}': the passage “{brief(passage)}” does not "
        f"occur in the opinion '{task.opinion.id}'; the nearest that does is "
        f"“{brief(nearest_passage(passage, task.opinion.source))}”.{also}"
    )
