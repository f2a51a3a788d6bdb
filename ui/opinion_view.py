"""The opinion as HTML, typeset to be read: headings, numbered paragraphs, quotations, notes.

Every sentence is an element of class `s` that carries its offsets, so that the page's script can
find, mark and scroll to whatever a citation points at.
"""

from __future__ import annotations

from assistant.answer import describe_paragraph, describe_voice
from ui.markup import OpinionMarkup, call_id, escape, note_id
from vectorstore.opinion import Block, BlockKind, Opinion, Sentence, Speaker

_NUMBERED = (BlockKind.PARAGRAPH, BlockKind.QUOTATION)


def opinion_html(opinion: Opinion) -> str:
    """The record, the text in the order of the source, and the footnotes gathered at its end."""
    markup = OpinionMarkup(opinion)
    notes = [i for i, b in enumerate(opinion.blocks) if b.kind is BlockKind.FOOTNOTE]
    text = [_block(opinion, markup, i) for i in range(len(opinion.blocks)) if i not in notes]
    parts = [_record(opinion), *text]
    if notes:
        items = "".join(_note(opinion, markup, i) for i in notes)
        parts.append(f'<section class="notes" aria-label="Footnotes">{items}</section>')
    return (
        f'<article class="opinion" aria-label="{escape(opinion.title)}">{"".join(parts)}</article>'
    )


def _record(opinion: Opinion) -> str:
    """The public record above the text, plainly not part of it; without one, the name alone."""
    record = opinion.record
    if record is None:
        has_title = any(b.kind is BlockKind.TITLE for b in opinion.blocks)
        return "" if has_title else f"<h1>{escape(opinion.title)}</h1>"
    lines = [f"<h1>{escape(record.title)}</h1>"]
    if record.citation != record.title:
        lines.append(f'<p class="cited-as">{escape(record.citation)}</p>')
    decided = record.decided and f"decided {record.decided}"
    details = [escape(d) for d in (record.docket, decided, record.judge) if d]
    if details:
        lines.append(f"<p>{' · '.join(details)}</p>")
    court = f'<p class="court">{escape(record.court_name)}</p>' if record.court_name else ""
    label = '<p class="label">From the public record</p>'
    return (
        f'<header class="record" aria-label="Public record">{label}{court}{"".join(lines)}</header>'
    )


def _block(opinion: Opinion, markup: OpinionMarkup, index: int) -> str:
    block = opinion.blocks[index]
    text = _sentences(opinion, markup, block)
    if block.kind is BlockKind.TITLE:
        tag = "h2" if opinion.record else "h1"
        return f'<{tag} class="caption">{text}</{tag}>'
    if block.kind is BlockKind.HEADING:
        return f'<h3 class="heading">{text}</h3>'
    if block.kind in _NUMBERED:
        quotation = block.kind is BlockKind.QUOTATION
        body = f"<blockquote>{text}</blockquote>" if quotation else f"<p>{text}</p>"
        return f'<div class="numbered" id="block-{index}">{_number(block)}{body}</div>'
    return f'<p class="{block.kind.replace(" ", "-")}">{text}</p>'


def _number(block: Block) -> str:
    spoken = escape(describe_paragraph(block.label))
    return f'<span class="number" role="note" aria-label="{spoken}">{escape(block.label)}</span>'


def _note(opinion: Opinion, markup: OpinionMarkup, index: int) -> str:
    block = opinion.blocks[index]
    number = escape(block.label.removeprefix("n."))
    call = next((c for c in opinion.note_calls if c.note == index), None)
    back = (
        f'<a class="number back" href="#{call_id(call)}" '
        f'aria-label="Footnote {number}: back to the text" title="Back to the text">{number}</a>'
        if call
        else f'<span class="number">{number}</span>'
    )
    text = _sentences(opinion, markup, block)
    return (
        f'<div class="numbered note" id="{note_id(index)}" tabindex="-1">{back}<p>{text}</p></div>'
    )


def _sentences(opinion: Opinion, markup: OpinionMarkup, block: Block) -> str:
    """The block's text, its sentences as elements; a block that has none is one element."""
    pieces: list[str] = []
    at = block.start
    for sentence in (opinion.sentences[i] for i in block.sentences):
        pieces.append(markup.inline(at, sentence.start, linked=True))
        pieces.append(_unit(markup, sentence.start, sentence.end, _voice(sentence)))
        at = sentence.end
    if not pieces:
        return _unit(markup, block.start, block.end)
    pieces.append(markup.inline(at, block.end, linked=True))
    return "".join(pieces)


def _unit(markup: OpinionMarkup, start: int, end: int, voice: str = "") -> str:
    text = markup.inline(start, end, linked=True)
    offsets = f'id="s-{start}-{end}" data-start="{start}" data-end="{end}"'
    return f'<span class="s" {offsets}{voice}>{text}</span>'


def _voice(sentence: Sentence) -> str:
    """What tells on hover that the words are not the court's own."""
    if sentence.voice.speaker is Speaker.COURT:
        return ""
    whose = escape(describe_voice(str(sentence.voice)))
    return f' data-voice="{sentence.voice.speaker}" title="{whose}"'
