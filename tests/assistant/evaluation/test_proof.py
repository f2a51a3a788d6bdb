import pytest
from evaluation_fakes import S1, S2, S3, S4, SOURCE

from assistant.evaluation.proof import SourceText, helping

TEXT = SourceText(SOURCE)


def span(passage: str, source: str = SOURCE) -> tuple[int, int]:
    start = source.index(passage)
    return start, start + len(passage)


WHOLE = span(S1)
PROVES: dict[str, tuple[str, list[tuple[int, int]], bool]] = {
    "the passage itself": (S1, [WHOLE], True),
    "a clause within the cited sentence": ("sued the town", [WHOLE], True),
    "the sentence without its full stop": (S1, [span(S1[:-1])], True),
    "the sentence with the space after it": (S1, [(WHOLE[0], WHOLE[1] + 1)], True),
    "most of the passage": (S3, [span("lost her blue car in the flood of 1990")], True),
    "half of the passage": (S3, [span("Smith lost her blue car")], False),
    "one sentence of a passage of two": (f"{S1} {S2}", [span(S2)], False),
    "both sentences, cited apart": (f"{S1} {S2}", [span(S2), span(S1)], True),
    "overlapping citations count once": (
        S3,
        [span("Smith lost her"), span("lost her blue car")],
        False,
    ),
    "a passage that runs over a line break": (f"{S2} {S3}", [span(S2), span(S3)], True),
    "another sentence": (S1, [span(S2)], False),
    "nothing cited": (S1, [], False),
    "an empty citation": (S1, [(WHOLE[0], WHOLE[0])], False),
    "offsets beyond the text": (S1, [(len(SOURCE) + 5, len(SOURCE) + 9)], False),
    "a passage that does not occur": ("nobody sued", [WHOLE], False),
}


@pytest.mark.parametrize("case", PROVES)
def test_spans_prove_a_passage_when_they_cover_most_of_it(case: str) -> None:
    passage, spans, expected = PROVES[case]

    assert TEXT.proved([passage], spans) is expected


def test_any_interchangeable_passage_proves_the_fact() -> None:
    assert TEXT.proved([S1, S2], [span(S2)])


def test_passage_that_occurs_twice_is_proved_at_either_place() -> None:
    text = SourceText("It rained. It stopped. It rained.")

    assert text.occurrences("It rained.") == ((0, 10), (23, 33))
    assert text.proved(["It rained."], [(23, 33)])


def test_passage_of_marks_alone_must_be_covered_whole() -> None:
    text = SourceText("a § b")

    assert text.proved(["§"], [(2, 3)])
    assert not text.proved(["§"], [(0, 2)])


HELPS: dict[str, tuple[list[list[str]], list[str], tuple[bool, ...]]] = {
    "one proves, one does not": ([[S1]], [S2, S1], (False, True)),
    "each proves a fact of its own": ([[S1], [S2]], [S1, S2], (True, True)),
    "only together": ([[f"{S1} {S2}"]], [S1, S2, S3], (True, True, False)),
    "half of what is needed together": ([[f"{S1} {S2}"]], [S1], (False,)),
    "two interchangeable ones": ([[S3, S4]], [S3, S4], (True, True)),
    "the same twice": ([[S1]], [S1, S1], (True, True)),
}


@pytest.mark.parametrize("case", HELPS)
def test_citation_helps_when_it_proves_alone_or_is_needed_with_others(case: str) -> None:
    facts, cited, expected = HELPS[case]

    assert helping(TEXT, facts, [span(c) for c in cited]) == expected
