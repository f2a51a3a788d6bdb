"""Text made safe for the page, and the opinion's own characters with their marks set apart.

Everything shown goes through `escape`: a question, an answer or an opinion is text, and no
character of it is ever markup, a template or markdown.
"""

from __future__ import annotations

import html
import unicodedata
from bisect import bisect_left

from vectorstore.opinion import NoteCall, Opinion, StarPage

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def escape(text: str) -> str:
    """`text` as HTML text or attribute value; control characters and lone surrogates, which HTML
    cannot hold, become U+FFFD.

    >>> escape('<b> & "x"')
    '&lt;b&gt; &amp; &quot;x&quot;'
    """
    if not text.isprintable():
        text = "".join(_REPLACEMENT if _unshowable(c) else c for c in text)
    return html.escape(text, quote=True)


def _unshowable(character: str) -> bool:
    return character not in "\t\n\r\f\v" and unicodedata.category(character) in ("Cc", "Cs")


def note_id(block: int) -> str:
    """The element id of the footnote whose block has this index."""
    return f"note-{block}"


def call_id(call: NoteCall) -> str:
    """The element id of a footnote's call in the text."""
    return f"call-{call.start}"


class OpinionMarkup:
    """Stretches of an opinion's source as HTML, with star pages and footnote calls as elements.

    The text content is the source's own, character for character (white space is left for the
    browser to fold).
    """

    def __init__(self, opinion: Opinion) -> None:
        self._source = opinion.source
        marks: list[StarPage | NoteCall] = [*opinion.star_pages, *opinion.note_calls]
        self._marks = sorted(marks, key=lambda m: m.start)
        self._starts = [m.start for m in self._marks]

    def inline(self, start: int, end: int, *, linked: bool) -> str:
        """`source[start:end]` as HTML; `linked` gives footnote calls their id and their link, which
        only one copy of the text on the page may have.
        """
        pieces: list[str] = []
        at = start
        for mark in self._marks[bisect_left(self._starts, start) :]:
            if mark.end > end:
                break
            if mark.start < at:
                continue
            text = escape(self._source[mark.start : mark.end])
            pieces.append(escape(self._source[at : mark.start]))
            if isinstance(mark, StarPage):
                pieces.append(
                    f'<span class="turn" title="Page {mark.page} begins here">'
                    f'<span class="star">{text}</span></span>'
                )
            elif linked and mark.note is not None:
                pieces.append(
                    f'<sup><a class="call" id="{call_id(mark)}" href="#{note_id(mark.note)}" '
                    f'aria-label="Footnote {escape(mark.number)}">{text}</a></sup>'
                )
            else:
                pieces.append(f"<sup>{text}</sup>")
            at = mark.end
        pieces.append(escape(self._source[at:end]))
        return "".join(pieces)
