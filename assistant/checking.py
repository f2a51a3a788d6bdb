"""The mechanical checks on an answer, always on, whoever wrote it.

Every citation's quotation must equal the source at its offsets: anything else is an error and the
answer is not shown. What a chat model wrote is checked further: markers that name no passage,
sentences that cite nothing, quoted words that stand nowhere in the opinion or not in the passages
that their sentence cites. Whether a passage supports what is said of it is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from assistant.answer import Citation
from assistant.errors import QuotationError
from vectorstore.opinion import Opinion, Sentence
from vectorstore.passages import plain_text
from vectorstore.reading.sentences import split_sentences

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")
_BRACKETED = re.compile(r"\s*\[[^\[\]]*\]")
_MARKER = re.compile(r"\[(\d+)\]")


class _Whole(NamedTuple):
    start: int
    end: int


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
                f"{found!r}. The answer is withheld; please report this."
            )


def misquoted(opinion: Opinion, text: str) -> tuple[str, ...]:
    """What `text` puts in quotation marks that stands nowhere in the opinion.

    White space, star pages, footnote calls and the kind of quotation mark or apostrophe do not
    count; a full stop or comma that the writer set inside the marks does not either.
    """
    sources = _sources(opinion)
    return tuple(q for q in _quoted(text) if not _stands_in(q, sources))


def misattributed(opinion: Opinion, text: str, citations: Sequence[Citation]) -> tuple[str, ...]:
    """What `text` quotes from the opinion that is not in the passages that its sentence cites."""
    passages = {c.marker: plain_text(opinion, c) for c in citations}
    sources = _sources(opinion)
    wrong = []
    for sentence in _written_sentences(text):
        markers = sorted({int(n) for n in _MARKER.findall(sentence)} & passages.keys())
        cited = [_plain(" ".join(passages[n] for n in markers))]
        wrong += [
            q
            for q in _quoted(_BRACKETED.sub("", sentence))
            if markers and _stands_in(q, sources) and not _stands_in(q, cited)
        ]
    return tuple(wrong)


def uncited_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a written answer that carry no marker, but for those that open a list."""
    sentences = _written_sentences(text)
    return tuple(s for s in sentences if not _MARKER.search(s) and not s.endswith(":"))


def _written_sentences(text: str) -> list[str]:
    """Sentences of a written answer, none across lines, each with the markers that follow it."""
    found = []
    for line in text.splitlines():
        markers = [match.span() for match in _BRACKETED.finditer(line)]
        starts = [start for start, _ in split_sentences(line, 0, len(line), skip=markers)]
        bounds = [*starts, len(line)]
        found += [line[a:b].strip() for a, b in pairwise(bounds)]
    return found


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
    misplaced = misattributed(opinion, text, citations)
    if misplaced:
        faults.append(f"“{misplaced[0]}” is not in the passage cited for it")
    return f"Do not rely on this answer as it stands: {'; '.join(faults)}." if faults else None


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _quoted(text: str) -> list[str]:
    return [a or b for a, b in _QUOTED.findall(text)]


def _sources(opinion: Opinion) -> list[str]:
    """The opinion as it came, and without star pages and footnote calls, both `_plain`."""
    words = plain_text(opinion, _Whole(0, len(opinion.source)))
    return [_plain(opinion.source), _plain(words)]


def _stands_in(quoted: str, plain: Iterable[str]) -> bool:
    """Whether one of the `_plain` texts holds what is quoted."""
    words = _plain(quoted).strip(" .,;:")
    return any(words in text for text in plain)


def _plain(text: str) -> str:
    table = str.maketrans("“”‘’", "\"\"''")
    return " ".join(text.translate(table).split()).lower()
