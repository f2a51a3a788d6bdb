import dataclasses

import pytest

from assistant.answer import Citation
from assistant.checking import (
    check_quotations,
    cite,
    misattributed,
    misquoted,
    notice_of,
    uncited_sentences,
)
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
        ("In Soto v. Flores the First Circuit applied the U.S. Constitution [1].", ()),
        ("Mr. Smith paid it back [2]. [3]", ()),
        ("“It lent $5.” [1] “Mr. Smith paid.” [2]", ()),
        ("- It lent $5 [1]\n- It was a gift", ("- It was a gift",)),
        ("It lent $5:\n\n1. by check [1]\n2. in March [2]", ()),
    ],
)
def test_sentences_without_a_marker_are_found(written: str, uncited: tuple[str, ...]) -> None:
    assert uncited_sentences(written) == uncited


STARRED = """Bank v. Smith, 950 F. Supp. 100 (D. Conn. 1997)

*101 RULING

The bank lent the money in *102 May of that year.

She says that it was a gift.[1] She spent it.

[1] The gift was a car.
"""


def test_quotations_run_across_star_pages_and_footnote_calls() -> None:
    opinion = parse_opinion(STARRED, id="bank")
    assert misquoted(opinion, "It was lent “in May of that year.”") == ()
    assert misquoted(opinion, "“in *102 May of that year”") == ()
    assert misquoted(opinion, "“it was a gift. She spent it.”") == ()
    assert misquoted(opinion, "“in June of that year”") == ("in June of that year",)


def test_quotations_must_stand_in_the_passages_that_their_sentence_cites() -> None:
    opinion = parse_opinion(STARRED, id="bank")
    lent, gift, spent = (
        cite(opinion, next(s for s in opinion.sentences if words in opinion.text(s)), n)
        for n, words in enumerate(("lent the money", "was a gift", "spent it"), 1)
    )
    cited = [lent, gift, spent]

    assert misattributed(opinion, "It was lent “in May of that year” [1].", cited) == ()
    assert misattributed(opinion, "She “spent it”, and it “was a gift.” [2][3]", cited) == ()
    assert misattributed(opinion, "The court says “it was a gift” [1].", cited) == (
        "it was a gift",
    )
    assert misattributed(opinion, "It was “a loan” [1].", cited) == ()  # nowhere: another fault
    assert misattributed(opinion, "It was “a gift”.", cited) == ()  # uncited: another fault
    assert notice_of(opinion, "It is “a gift” [1].", cited, []) == (
        "Do not rely on this answer as it stands: “a gift” is not in the passage cited for it."
    )


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
