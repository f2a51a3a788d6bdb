"""The conversation as HTML: questions, answers, and the markers that lead into the opinion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.answer import Answer, Citation, describe_paragraph, describe_voice
from ui.conversation import Conversation, Exchange, Stage
from ui.markup import OpinionMarkup, escape
from ui.verdict_view import reason_html, thumbs_html
from ui.verdicts import Verdict
from vectorstore.opinion import Opinion

EXTRACTIVE = "extractive"
NOT_AN_ANSWER = "Nearest passages, not an answer"
_MARKER = re.compile(r"\[(\d{1,4})(: no such passage)?\]")
_STATUS = {
    Stage.WAITING: "Still loading. The question is kept and answered as soon as that is done.",
    Stage.ANSWERING: "Reading the opinion …",
    Stage.STOPPED: "Stopped.",
}


class ConversationView:
    """Renders the exchanges of one opinion; `examples` are offered while there are none.

    With `thumbs` every answer can be given a verdict.
    """

    def __init__(self, opinion: Opinion, examples: Sequence[str], *, thumbs: bool = False) -> None:
        self._opinion = opinion
        self._thumbs = thumbs
        self._markup = OpinionMarkup(opinion)
        self._examples = tuple(examples)

    def html(
        self, conversation: Conversation, verdicts: Mapping[int, Verdict] | None = None
    ) -> str:
        """The whole conversation, or what stands in its place before the first question.

        `verdicts` are those given so far, by the exchange's place.
        """
        if not conversation:
            return self._invitation()
        exchanges = "".join(
            self._exchange(e, place, (verdicts or {}).get(place))
            for place, e in enumerate(conversation)
        )
        return f'<div class="log" role="log" aria-label="Conversation">{exchanges}</div>'

    def _invitation(self) -> str:
        buttons = "".join(
            f'<li><button type="button" class="example">{escape(e)}</button></li>'
            for e in self._examples
        )
        return (
            '<div class="invitation"><p>Ask a question about this opinion. Every answer rests '
            "on numbered passages of its text; press a number to read the passage where it "
            "stands.</p>"
            f'<ul aria-label="Example questions">{buttons}</ul></div>'
        )

    def _exchange(self, exchange: Exchange, place: int, verdict: Verdict | None) -> str:
        busy = exchange.stage in (Stage.WAITING, Stage.ANSWERING)
        question = escape(exchange.question.strip()) or '<span class="empty">(nothing typed)</span>'
        return (
            f'<section class="exchange" data-stage="{exchange.stage}" '
            f'aria-busy="{str(busy).lower()}">'
            f'<div class="question" dir="auto"><span class="who" aria-label="Question">Q</span>'
            f'<p class="asked">{question}</p></div>'
            f'<div class="answer"><span class="who" aria-label="Answer">A</span>'
            f"{self._reply(exchange)}{self._foot(exchange, place, verdict)}</div></section>"
        )

    def _reply(self, exchange: Exchange) -> str:
        if exchange.answer is not None:
            return self._answer(exchange.answer)
        if exchange.stage is Stage.FAILED:
            again = (
                '<p><button type="button" class="quiet again">Edit and ask again</button></p>'
                if exchange.question.strip()
                else ""
            )
            return f'<p class="error" role="alert">{escape(exchange.error or "")}</p>{again}'
        status = _STATUS[exchange.stage]
        shown = _prose(exchange.partial, {}) if exchange.partial else ""
        if shown and exchange.stage is Stage.ANSWERING:
            return shown
        return f'{shown}<p class="status">{status}</p>'

    def _answer(self, answer: Answer) -> str:
        by_marker = {c.marker: c for c in answer.citations}
        parts: list[str] = []
        if answer.standalone.split() != answer.question.split():
            parts.append(f'<p class="understood">Taken as: {escape(answer.standalone)}</p>')
        if answer.notice:
            parts.append(f'<p class="notice">{escape(answer.notice)}</p>')
        if not answer.answered:
            parts.append(f'<p class="declined">{escape(answer.text)}</p>')
        elif answer.answerer == EXTRACTIVE:
            # Its text is the quotations over again, but for paragraphs without a marker.
            rest = [p for p in answer.text.split("\n\n") if not _MARKER.search(p)]
            parts.append(_prose("\n\n".join(rest), by_marker))
        else:
            parts.append(_prose(answer.text, by_marker))
        parts.extend(self._quotation(c, css="cited") for c in answer.citations)
        if answer.related:
            heading = f'<h3 class="not-an-answer">{NOT_AN_ANSWER}</h3>'
            near = "".join(self._quotation(c, css="near") for c in answer.related)
            parts.append(f'<div class="related">{heading}{near}</div>')
        return "".join(parts)

    def _foot(self, exchange: Exchange, place: int, verdict: Verdict | None) -> str:
        """Under an answer: what can be done with it, and the verdict on it."""
        answer = exchange.answer
        if answer is None:
            return ""
        thumbs = thumbs_html(place, verdict) if self._thumbs else ""
        said = "" if verdict is None else reason_html(place, verdict)
        return _foot(answer, self._opinion, thumbs) + said

    def _quotation(self, citation: Citation, *, css: str) -> str:
        quote = self._markup.inline(citation.start, citation.end, linked=False)
        speaker = citation.voice.partition(":")[0]
        return (
            f'<figure class="quotation {css}" data-voice="{escape(speaker)}">'
            f"{_marker(citation, css=css)}<blockquote>“{quote}”</blockquote>"
            f"<figcaption>{_source(citation)}</figcaption></figure>"
        )


def source_line(citation: Citation) -> str:
    """Where a quotation stands and whose words it gives: `¶ 7 · the court · 952 F. Supp. at 1`."""
    return " · ".join(text for _, text in _source_parts(citation))


def _source_parts(citation: Citation) -> list[tuple[str, str]]:
    parts = [
        ("paragraph", describe_paragraph(citation.paragraph)),
        ("voice", describe_voice(citation.voice)),
    ]
    return [*parts, ("pinpoint", citation.pinpoint)] if citation.pinpoint else parts


def _source(citation: Citation) -> str:
    """The source line, each part an element: words that are not the court's own stand out."""
    return " · ".join(
        f'<span class="{name}">{escape(text)}</span>' for name, text in _source_parts(citation)
    )


def copied_text(answer: Answer, opinion: Opinion) -> str:
    """The answer as it is copied: each quotation with its pinpoint, the opinion's citation last."""
    lines: list[str] = []
    if not answer.answered or answer.answerer != EXTRACTIVE:
        lines.append(answer.text)
    if answer.related:
        lines.append(f"{NOT_AN_ANSWER}:")
    numbered = bool(lines)
    for c in (*answer.citations, *answer.related):
        where = [describe_paragraph(c.paragraph), describe_voice(c.voice)]
        source = f"{c.pinpoint} ({'; '.join(where)})" if c.pinpoint else f"({'; '.join(where)})"
        marker = f"[{c.marker}] " if numbered else ""
        lines.append(f"{marker}“{' '.join(c.quote.split())}” {source}")
    lines.append(opinion.record.citation if opinion.record else opinion.title)
    return "\n\n".join(lines)


def _foot(answer: Answer, opinion: Opinion, thumbs: str) -> str:
    by = (
        ""
        if answer.answerer == EXTRACTIVE
        else f"<span>written by {escape(answer.answerer)}</span>"
    )
    copied = escape(copied_text(answer, opinion))
    return (
        f'<footer class="answer-foot"><button type="button" class="quiet copy" '
        f'data-copy="{copied}">Copy with citations</button>{by}{thumbs}</footer>'
    )


def _prose(text: str, citations: dict[int, Citation]) -> str:
    """Plain text in paragraphs, its markers as buttons; one that names no passage says so."""
    return "".join(
        f'<p class="prose-line" dir="auto">{_with_markers(p.strip(), citations)}</p>'
        for p in re.split(r"\n\s*\n", text)
        if p.strip()
    )


def _with_markers(text: str, citations: dict[int, Citation]) -> str:
    pieces: list[str] = []
    at = 0
    for match in _MARKER.finditer(text):
        pieces.append(escape(text[at : match.start()]))
        at = match.end()
        citation = citations.get(int(match[1]))
        if match[2]:
            pieces.append(f'<span class="unknown"><s>{match[1]}</s> names no passage</span>')
        elif citation is not None:
            pieces.append(_marker(citation, css="cited"))
        else:
            pieces.append(escape(match.group()))
    pieces.append(escape(text[at:]))
    return "".join(pieces)


def _marker(citation: Citation, *, css: str) -> str:
    """The button that shows a passage in the opinion; the script needs nothing but its data."""
    where = source_line(citation)
    return (
        f'<button type="button" class="marker {css}" data-start="{citation.start}" '
        f'data-end="{citation.end}" data-marker="{citation.marker}" '
        f'data-quote="{escape(citation.quote)}" data-where="{escape(where)}" '
        f'aria-label="{escape(f"Passage {citation.marker}, {where}: show in the opinion")}">'
        f"{citation.marker}</button>"
    )
