"""The opinion as HTML."""

from __future__ import annotations

import html
import re
from typing import TypedDict

import pytest

from ui.opinion_view import opinion_html
from vectorstore.opinion import (
    COURT,
    Block,
    BlockKind,
    NoteCall,
    Opinion,
    Record,
    Sentence,
    Speaker,
    Voice,
)

SOURCE = "RULING\nPlaintiff says so.1 We disagree.\nWords of another court.\n. A note."
RECORD = Record(
    title="A v. B", reporter="1 F.3d", first_page=2, court="D. Conn.", year=1999,
    docket="No. 7", decided="May 1, 1999", judge="Doe, J.", court_name="District Court",
)  # fmt: skip


class At(TypedDict):
    start: int
    end: int


def make_opinion(record: Record | None = None, title: BlockKind = BlockKind.TITLE) -> Opinion:
    def at(text: str) -> At:
        start = SOURCE.index(text)
        return {"start": start, "end": start + len(text)}

    return Opinion(
        id="a-v-b",
        source=SOURCE,
        blocks=(
            Block(**at("RULING"), kind=title, label="h"),
            Block(
                **at("Plaintiff says so.1 We disagree."),
                kind=BlockKind.PARAGRAPH, label="1", sentences=range(2),
            ),
            Block(
                **at("Words of another court."),
                kind=BlockKind.QUOTATION, label="2", sentences=range(2, 3),
            ),
            Block(
                **at(". A note."), kind=BlockKind.FOOTNOTE, label="n.1", sentences=range(3, 4)
            ),
        ),
        sentences=(
            Sentence(
                **at("Plaintiff says so.1"), block=1, voice=Voice(Speaker.PARTY, "plaintiff")
            ),
            Sentence(**at("We disagree."), block=1, voice=COURT),
            Sentence(**at("Words of another court."), block=2),
            Sentence(**at("A note."), block=3),
        ),
        note_calls=(NoteCall(start=25, end=26, number="1", note=3),),
        record=record,
    )  # fmt: skip


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_every_sentence_carries_its_offsets_and_its_text(opinion: Opinion) -> None:
    shown = opinion_html(opinion)

    for sentence in opinion.sentences:
        opening = (
            f'id="s-{sentence.start}-{sentence.end}" '
            f'data-start="{sentence.start}" data-end="{sentence.end}"'
        )
        assert shown.count(opening) == 1
        following = shown[shown.index(opening) + len(opening) :]
        after = text_of(following[following.index(">") + 1 :])
        assert after.startswith(opinion.text(sentence))


def test_nothing_of_the_source_is_left_out(opinion: Opinion) -> None:
    shown = "".join(text_of(opinion_html(opinion)).split())

    for block in opinion.blocks:
        assert "".join(opinion.text(block).split()) in shown


def test_record_stands_above_the_text_as_the_record() -> None:
    header = opinion_html(make_opinion(RECORD)).split("</header>")[0]

    assert text_of(header) == (
        "From the public recordDistrict CourtA v. BA v. B, 1 F.3d 2 (D. Conn. 1999)"
        "No. 7 · decided May 1, 1999 · Doe, J."
    )


def test_record_with_a_title_alone_is_not_repeated() -> None:
    header = opinion_html(make_opinion(Record(title="A v. B"))).split("</header>")[0]

    assert text_of(header) == "From the public recordA v. B"


@pytest.mark.parametrize(
    ("kind", "heading"),
    [(BlockKind.TITLE, '<h1 class="caption">'), (BlockKind.FRONT_MATTER, "<h1>a-v-b</h1>")],
)
def test_without_a_record_the_title_line_or_the_id_heads_the_page(
    kind: BlockKind, heading: str
) -> None:
    shown = opinion_html(make_opinion(None, kind))

    assert heading in shown
    assert shown.count("<h1") == 1
    assert "record" not in shown


def test_quotation_is_set_off_and_numbered() -> None:
    shown = opinion_html(make_opinion())

    assert 'aria-label="¶ 2">2</span><blockquote>' in shown


def test_footnote_and_call_lead_to_each_other() -> None:
    shown = opinion_html(make_opinion())

    assert 'id="call-25" href="#note-3"' in shown
    assert 'id="note-3"' in shown
    assert 'href="#call-25"' in shown


def test_words_that_are_not_the_courts_say_whose_they_are() -> None:
    shown = opinion_html(make_opinion())

    assert 'data-voice="party" title="plaintiff, as the court reports it"' in shown
    assert shown.count("data-voice") == 1
