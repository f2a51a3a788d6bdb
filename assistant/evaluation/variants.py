"""Variants of an opinion, built from its text by recipe.

Whether a question is answerable can often be guessed from its wording. Asked of the opinion and of
a variant that differs in the answering sentence alone, the same question has two right outcomes,
and only reading the text tells them apart.
"""

from __future__ import annotations

import hashlib
import re

from assistant.errors import EvaluationInputError
from assistant.evaluation.proof import Offsets, source_text
from assistant.evaluation.question_sets import Recipe
from vectorstore.opinion import Opinion
from vectorstore.reading import parse_opinion


def variant_source(source: str, recipe: Recipe) -> str:
    """The source with the recipe's sentences removed (wherever they occur) and its sentence put in.

    What is left is spaced as if the sentence had never been there; a paragraph that loses all its
    sentences goes with its line. Raises EvaluationInputError when a sentence does not occur.

    >>> variant_source("One. Two. Three.", Recipe(remove=("Two.",)))
    'One. Three.'
    >>> put = {"insert": {"after": "One.", "text": "New."}}
    >>> variant_source("One. Two.", Recipe.model_validate(put))
    'One. New. Two.'
    """
    for sentence in recipe.remove:
        for start, end in reversed(_places(source, sentence)):
            source = _without(source, start, end)
    if recipe.insert is not None:
        _, end = _places(source, recipe.insert.after)[0]
        source = f"{source[:end]} {recipe.insert.text}{source[end:]}"
    return source


def build_variant(opinion: Opinion, recipe: Recipe) -> Opinion:
    """The variant as an opinion of its own, read anew; its id is the opinion's with a digest of the
    text, its record the opinion's.
    """
    source = variant_source(opinion.source, recipe)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    return parse_opinion(source, id=f"{opinion.id}+{digest}", record=opinion.record)


def _places(source: str, sentence: str) -> tuple[Offsets, ...]:
    places = source_text(source).occurrences(sentence)
    if not places:
        raise EvaluationInputError(f"the sentence “{sentence}” does not occur in the opinion")
    return places


def _without(source: str, start: int, end: int) -> str:
    """The text without [start, end) and the white space that it leaves behind on one side."""
    before, after = source[:start], source[end:]
    kept = before.rstrip()
    left, right = before[len(kept) :], re.match(r"\s*", after)
    gap = right.group() if right else ""
    if "\n" in left or not kept:  # it opened its line: the next sentence opens it instead
        return before + after[len(gap) :] if "\n" not in gap else kept + gap + after[len(gap) :]
    return kept + after if gap or not after else before + after
