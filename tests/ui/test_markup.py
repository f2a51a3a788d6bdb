"""Escaping, and the opinion's characters with their marks set apart."""

from __future__ import annotations

import html
import re

import pytest

from ui.markup import OpinionMarkup, escape
from vectorstore.opinion import Block, BlockKind, NoteCall, Opinion, StarPage

SOURCE = 'Held "so" by *103abandoning her.1 See <i>Soto</i> & others.2'


def small_opinion() -> Opinion:
    return Opinion(
        id="small",
        source=SOURCE,
        blocks=(
            Block(start=0, end=len(SOURCE), kind=BlockKind.PARAGRAPH, label="1"),
            Block(start=0, end=0, kind=BlockKind.FOOTNOTE, label="n.1"),
        ),
        sentences=(),
        star_pages=(StarPage(start=13, end=17, page=103),),
        note_calls=(
            NoteCall(start=32, end=33, number="1", note=1),
            NoteCall(start=len(SOURCE) - 1, end=len(SOURCE), number="2"),
        ),
    )


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\"' onmouseover='x'", "&quot;&#x27; onmouseover=&#x27;x&#x27;"),
        ("${alert(1)} {{x}} `y` \\", "${alert(1)} {{x}} `y` \\"),  # the template evaluates no value
        ("line\nline\ttab", "line\nline\ttab"),
        ("bell\x07 null\x00", "bell\N{REPLACEMENT CHARACTER} null\N{REPLACEMENT CHARACTER}"),
        ("half a pair \ud83d", "half a pair \N{REPLACEMENT CHARACTER}"),
        ("", ""),
    ],
)
def test_escapes_what_html_would_take_for_its_own(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize(("start", "end"), [(0, len(SOURCE)), (10, 40), (14, 20), (33, 33)])
def test_text_content_is_the_source_character_for_character(
    start: int, end: int, linked: bool
) -> None:
    markup = OpinionMarkup(small_opinion()).inline(start, end, linked=linked)

    assert text_of(markup) == SOURCE[start:end]


def test_star_page_and_footnote_call_are_elements_of_their_own() -> None:
    markup = OpinionMarkup(small_opinion()).inline(0, len(SOURCE), linked=True)

    assert '<span class="star">*103</span></span>abandoning' in markup
    assert 'id="call-32" href="#note-1" aria-label="Footnote 1">1</a>' in markup


def test_call_whose_note_is_lost_links_nowhere() -> None:
    markup = OpinionMarkup(small_opinion()).inline(40, len(SOURCE), linked=True)

    assert markup.endswith("others.<sup>2</sup>")
    assert "<a" not in markup


def test_quoted_copy_of_the_text_has_no_ids() -> None:
    assert "id=" not in OpinionMarkup(small_opinion()).inline(0, len(SOURCE), linked=False)


def test_mark_cut_by_the_end_stays_text() -> None:
    assert OpinionMarkup(small_opinion()).inline(10, 15, linked=True) == "by *1"
