from dataclasses import replace

import pytest
from small_opinions import opinion_of

from vectorstore.opinion import NoteCall, StarPage
from vectorstore.passages import (
    Context,
    PassageKind,
    embedded_text,
    passages_of,
    plain_text,
)
from vectorstore.reading import bundled_opinion

OPINION = opinion_of(["One ran.", "Two fell.", "Three won."], ["Four alone."])


def test_gives_every_sentence_then_every_paragraph_of_several() -> None:
    passages = passages_of(OPINION)
    assert [(p.kind, p.paragraph, p.sentence, OPINION.text(p)) for p in passages] == [
        (PassageKind.SENTENCE, "h", 0, "ORDER"),
        (PassageKind.SENTENCE, "1", 1, "One ran."),
        (PassageKind.SENTENCE, "1", 2, "Two fell."),
        (PassageKind.SENTENCE, "1", 3, "Three won."),
        (PassageKind.SENTENCE, "2", 4, "Four alone."),
        (PassageKind.PARAGRAPH, "1", None, "One ran. Two fell. Three won."),
    ]


def test_ids_tell_kind_and_place_and_are_unique() -> None:
    ids = [p.id for p in passages_of(OPINION)]
    assert ids[1] == "sentence:6-14"
    assert len(set(ids)) == len(ids)


def test_an_opinion_without_sentences_has_no_passages() -> None:
    assert passages_of(replace(OPINION, sentences=(), blocks=())) == ()


def test_the_bundled_opinion_keeps_title_byline_and_footnote() -> None:
    opinion = bundled_opinion()
    passages = passages_of(opinion)
    assert len([p for p in passages if p.sentence is not None]) == len(opinion.sentences)
    assert {"h", "n.1"} <= {p.paragraph for p in passages}
    assert all(opinion.source[p.start : p.end].strip() for p in passages)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        (Context.ITSELF, "Two fell."),
        (Context.PREVIOUS, "One ran. Two fell."),
        (Context.NEXT, "Two fell. Three won."),
        (Context.NEIGHBOURS, "One ran. Two fell. Three won."),
        (Context.HEADING, "Two fell."),  # it stands under none
    ],
)
def test_a_sentence_is_embedded_with_its_context(context: Context, text: str) -> None:
    assert embedded_text(OPINION, passages_of(OPINION)[2], context) == text


def test_context_stays_within_the_paragraph() -> None:
    assert embedded_text(OPINION, passages_of(OPINION)[4], Context.NEIGHBOURS) == "Four alone."


def test_a_heading_goes_before_the_sentences_under_it() -> None:
    first, second, third = OPINION.blocks
    under = replace(OPINION, blocks=(first, replace(second, heading=0), third))
    assert embedded_text(under, passages_of(under)[1], Context.HEADING) == "ORDER. One ran."


def test_marks_of_the_printed_page_are_left_out_of_what_is_searched() -> None:
    opinion = replace(
        opinion_of(["Hurt in May.1 Left by *103abandoning her."]),
        star_pages=(StarPage(start=28, end=32, page=103),),
        note_calls=(NoteCall(start=18, end=19, number="1"),),
    )
    assert plain_text(opinion, opinion.sentences[1]) == "Hurt in May. Left by abandoning her."


def test_line_breaks_are_single_spaces_in_what_is_searched() -> None:
    opinion = opinion_of(["The  motion\n is\tgranted."])
    assert plain_text(opinion, opinion.sentences[1]) == "The motion is granted."
