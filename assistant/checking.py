"""The mechanical checks on an answer, always on, whoever wrote it.

Every citation's quotation must equal the source at its offsets: anything else is an error and the
answer is not shown. What a chat model wrote is checked further: markers that name no passage,
sentences that cite nothing, quoted words that stand nowhere in the opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.answer import Citation
from assistant.errors import QuotationError
from vectorstore.opinion import Opinion, Sentence

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:[”\"')]*)((?:\s*\[[^\[\]]*\])*)\s+(?=[A-Z“\"(])")
_MARKER = re.compile(r"\[\d+\]")


def cite(opinion: Opinion, sentence: Sentence, marker: int) -> Citation:
    """The citation of a whole sentence of the opinion under `marker`."""
    return Citation(
        marker=marker,
        paragraph=opinion.block_of(sentence).label,
        quote=opinion.text(sentence),
        start=sentence.start,
        end=sentence.end,
        voice=str(sentence.voice),
        pinpoint=opinion.pinpoint(sentence),
    )


def check_quotations(opinion: Opinion, citations: Iterable[Citation]) -> None:
    """Raise QuotationError unless every quotation is the source's own text at its offsets."""
    for citation in citations:
        found = opinion.source[citation.start : citation.end]
        if not citation.quote or found != citation.quote:
            raise QuotationError(
                f"Quotation [{citation.marker}] differs from {opinion.id} at characters "
                f"{citation.start} to {citation.end}: quoted {citation.quote!r}, the source has "
                f"{found!r}. The answer is withheld; rebuild the index with "
                "`opinion index --rebuild` and report this if it stays."
            )


def misquoted(opinion: Opinion, text: str) -> tuple[str, ...]:
    """What `text` puts in quotation marks that stands nowhere in the opinion.

    White space and the kind of quotation mark or apostrophe do not count; a full stop or comma
    that the writer set inside the marks does not either.
    """
    source = _plain(opinion.source)
    quoted = (a or b for a, b in _QUOTED.findall(text))
    return tuple(q for q in quoted if _plain(q).strip(" .,;:") not in source)


def uncited_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a written answer that carry no marker."""
    pieces: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return tuple(p for p in pieces if p and not _MARKER.search(p))


def notice_of(
    opinion: Opinion, text: str, citations: Sequence[Citation], unknown: Sequence[str]
) -> str | None:
    """One line that says what a written answer lacks; None when every check passed."""
    faults: list[str] = []
    if not citations:
        faults.append("it cites no passage of the opinion")
    else:
        uncited = len(uncited_sentences(text))
        if uncited:
            faults.append(
                f"{_count(uncited, 'sentence')} of it cite{'s' if uncited == 1 else ''} nothing"
            )
    if unknown:
        verb = "names" if len(unknown) == 1 else "name"
        faults.append(f"{_count(len(unknown), 'marker')} {verb} no passage")
    wrong = misquoted(opinion, text)
    if wrong:
        faults.append(f"“{wrong[0]}” is not in the opinion")
    return f"Do not rely on this answer as it stands: {'; '.join(faults)}." if faults else None


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _plain(text: str) -> str:
    table = str.maketrans("“”‘’", "\"\"''")
    return " ".join(text.translate(table).split()).lower()
