import dataclasses

import pytest

from assistant.answer import Citation
from assistant.checking import check_quotations, cite, misquoted, notice_of, uncited_sentences
from assistant.errors import QuotationError
from vectorstore.opinion import Opinion
from vectorstore.reading import parse_opinion

SOURCE = "RULING\n1. Facts\nThe bank “lent” $5.\nPlaintiff contends that it was a gift.\n"


@pytest.fixture
def opinion() -> Opinion:
    return parse_opinion(SOURCE, id="loan")


def test_citation_of_a_sentence_is_the_source_itself(opinion: Opinion) -> None:
    citation = cite(opinion, opinion.sentences[1], 3)

    assert citation == Citation(
        marker=3, paragraph="1", quote="The bank “lent” $5.", start=16, end=35, voice="court"
    )
    check_quotations(opinion, [citation])


@pytest.mark.parametrize("change", [{"quote": "The bank “lent” $6."}, {"end": 34}, {"start": 15}])
def test_a_quotation_that_differs_is_an_error(opinion: Opinion, change: dict[str, object]) -> None:
    good = cite(opinion, opinion.sentences[1], 1)

    with pytest.raises(QuotationError, match=r"^Quotation \[1\] differs from loan at characters"):
        check_quotations(opinion, [dataclasses.replace(good, **change)])  # type: ignore[arg-type]


def test_an_empty_quotation_is_an_error(opinion: Opinion) -> None:
    empty = Citation(marker=1, paragraph="1", quote="", start=3, end=3, voice="court")

    with pytest.raises(QuotationError):
        check_quotations(opinion, [empty])


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("The court said it “lent” money.", ()),
        ('It was "a gift," she says.', ()),  # the comma is the writer's
        ("It was “A GIFT.”", ()),
        ("It was “a loan.”", ("a loan.",)),
        ("No quotation at all.", ()),
    ],
)
def test_quoted_words_must_stand_in_the_opinion(
    opinion: Opinion, written: str, wrong: tuple[str, ...]
) -> None:
    assert misquoted(opinion, written) == wrong


@pytest.mark.parametrize(
    ("written", "uncited"),
    [
        ("It lent $5 [1]. It was a gift [2].", ()),
        ("It lent $5. [1] It was a gift. [2]", ()),
        ("It lent $5. It was a gift [2].", ("It lent $5.",)),
        ("It lent $5 [1]. Good luck!", ("Good luck!",)),
    ],
)
def test_sentences_without_a_marker_are_found(written: str, uncited: tuple[str, ...]) -> None:
    assert uncited_sentences(written) == uncited


def test_notice_names_every_fault(opinion: Opinion) -> None:
    citation = cite(opinion, opinion.sentences[1], 1)
    written = "It lent $5 [1]. It was “a loan” [9: no such passage]. So there."

    assert notice_of(opinion, written, [citation], ["9"]) == (
        "Do not rely on this answer as it stands: 2 sentences of it cite nothing; 1 marker names "
        "no passage; “a loan” is not in the opinion."
    )
    assert notice_of(opinion, "It lent $5 [1].", [citation], []) is None
    assert notice_of(opinion, "It lent $5.", [], []) == (
        "Do not rely on this answer as it stands: it cites no passage of the opinion."
    )
