"""Gives every sentence its voice: the court's, a party's, or another authority's.

The court speaks by default. A sentence whose main clause reports somebody has that voice
(`attribution`); a block quotation, the words between quotation marks that make up a sentence, and a
citation that describes its case in a parenthetical have the voice of their source; what follows a
dissent's byline has the voice of the judge who writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from vectorstore.opinion import (
    COURT,
    Block,
    BlockKind,
    NoteCall,
    Sentence,
    Speaker,
    Voice,
)
from vectorstore.reading.attribution import attribute, clean_name, quoted_source
from vectorstore.reading.case_names import CaseName, find_case_names
from vectorstore.reading.headings import is_separate_byline
from vectorstore.reading.mending import blank_out

_SPOKEN = (BlockKind.PARAGRAPH, BlockKind.QUOTATION, BlockKind.FOOTNOTE)
_MOSTLY = 0.6  # a sentence with so large a share of its letters quoted is a quotation
_WHOLLY = 0.9  # needed where nothing tells whose words they are
_MANY_PARTIES = 8  # how many names spoken of are remembered for pronouns

_SIGNAL = re.compile(
    r"^(?:See(?:,\se\.g\.)?,?(?:\salso|\sgenerally)?|But\ssee|But\scf\.|Cf\.|Accord|Compare|Contra|E\.g\.|"
    r"And\ssee|Also|Citing|Quoting|see|cf\.|with)(?:,\se\.g\.)?,?\s",
)
_SHORT_FORM = re.compile(
    r"^(?:Id\.|Ibid\.|[A-Z][\w.’'&\- ]{1,40},?\s(?:supra|\d+\s[A-Z][\w. ]{1,12}\sat\s\d))"
)
_REPORTER = re.compile(
    r"\b\d+\s(?:[A-Z][\w.’']*\.?\s?){1,5}(?:[23]d\s|\dth\s)?(?:at\s)?\d+|§|\bU\.S\.C\b|^Id\.|^Ibid\.|\bWL\s\d"
)
_WORD = re.compile(r"[a-z]{3,}")
# Parentheticals that say something about the citation, not about the case.
_EDITORIAL = re.compile(
    r"en banc|per curiam|mem\.|plurality|citations?|internal|emphasis|footnotes?|quotation|quoting|"
    r"citing|alterations?|brackets|collecting|dissent|concur|same|[A-Z][\w’']+, (?:C\. ?)?J\.|"
    r"[^()]{0,40}\bJJ?\.(?:,|$)|rev|hereinafter|codified|as amended|West|Supp|[^a-z]*$"
)
# Words of citations that are no prose.
_CITE_WORDS = frozenset(
    """
    cert denied granted aff rev vacated remanded sub nom see also cir supp with and the for dist
    app but citing quoting same part infra supra note accord compare other grounds affirmed
    reversed stat ann code gen const amend rule sec art fed reg cong rec sess rep eds
    """.split()
)
_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)|``.*?(?:''|$)")
_ENDS_OPEN = re.compile(r"[:,]$")
# An opening double quotation mark (a group), or a closing one, told apart by where they stand.
_QUOTE_MARKS = re.compile(r"((?:“|(?:(?<=[\s(\[—])|^)\"(?=\S)|``))|(?:”|\"|'')")
_OURS = re.compile(r"\b(?:[Ww]e|I|[Tt]his\s[Cc]ourt)\s")
_INTRODUCES = re.compile(r":[”\"’]?$")


@dataclass(slots=True)
class _State:
    """What earlier sentences leave behind for the next one of the same block or opinion."""

    parties: list[str] = field(default_factory=list)  # spoken of, the latest first
    case: str | None = None  # the case named last, for "Id."
    quoting: Voice | None = None  # while a quotation is open
    court: str | None = None  # another court that the sentence before was about


def give_voices(
    source: str,
    blocks: Sequence[Block],
    sentences: Sequence[Sentence],
    *,
    skip: Iterable[tuple[int, int]] = (),
    calls: Sequence[NoteCall] = (),
) -> tuple[Sentence, ...]:
    """The sentences with their voices. `skip` are spans no sentence says; `calls` tell in whose
    part of the opinion a note stands.
    """
    skip = list(skip)
    texts = [_text(source, s, skip) for s in sentences]
    writers = _writers(source, blocks, calls)
    state = _State()
    voiced: list[Sentence] = []
    for i, block in enumerate(blocks):
        if block.kind not in _SPOKEN:
            voiced += [sentences[k] for k in block.sentences]
            continue
        if block.kind is BlockKind.QUOTATION and block.introduced_by is not None:
            intro = texts[block.introduced_by]
            source_voice = quoted_source(intro, parties=state.parties)
            voiced += [replace(sentences[k], voice=source_voice) for k in block.sentences]
            continue
        told = _voices([texts[k] for k in block.sentences], state)
        if block.continues is not None and told and blocks[block.continues].sentences:
            told[0] = voiced[blocks[block.continues].sentences[-1]].voice  # one sentence, cut
        for k, voice in zip(block.sentences, told, strict=True):
            voiced.append(replace(sentences[k], voice=writers[i] if voice is COURT else voice))
    return tuple(voiced)


def voices_of(texts: Sequence[str]) -> list[Voice]:
    """The voices of one paragraph's sentences, given as texts with single spaces."""
    return _voices(texts, _State())


def _voices(texts: Sequence[str], state: _State) -> list[Voice]:
    state.quoting = state.court = None
    return [_voice(texts, n, state) for n in range(len(texts))]


def _text(source: str, sentence: Sentence, skip: Sequence[tuple[int, int]]) -> str:
    near = [(s, e) for s, e in skip if s < sentence.end and e > sentence.start]
    return blank_out(source, sentence.start, sentence.end, near).text.strip()


def _writers(source: str, blocks: Sequence[Block], calls: Sequence[NoteCall]) -> list[Voice]:
    """For each block the voice of who writes it: the court, or a separate opinion's judge."""
    writers: list[Voice] = []
    writer = COURT
    for block in blocks:
        if block.kind is BlockKind.BYLINE:
            byline = " ".join(source[block.start : block.end].split())
            body_above = any(b.kind is BlockKind.PARAGRAPH for b in blocks[: len(writers)])
            courts = re.search(r"(?:opinion|judgment)\sof\sthe\scourt", byline, re.IGNORECASE)
            separate = is_separate_byline(byline) or (body_above and courts is None)
            writer = Voice(Speaker.AUTHORITY, byline.rstrip(".:")) if separate else COURT
        writers.append(COURT if block.kind is BlockKind.FOOTNOTE else writer)
    for call in calls:
        standing = next((i for i, b in enumerate(blocks) if b.start <= call.start < b.end), None)
        if call.note is not None and standing is not None:
            writers[call.note] = writers[standing]
    return writers


def _voice(texts: Sequence[str], n: int, state: _State) -> Voice:
    """The voice of the nth sentence of a block, with `state` brought up to date."""
    text = texts[n]
    names = find_case_names(text)
    previous_case = state.case
    if names:
        state.case = names[-1].text
    open_before = state.quoting
    state.quoting = _still_open(texts, n, open_before)
    citation = _citation_voice(text, names, previous_case)
    if citation is not None:
        return citation
    if open_before is not None:
        if state.quoting is not None:
            state.quoting = open_before
        return open_before
    told = attribute(text, parties=state.parties, court=state.court)
    state.court = told.court or (None if _OURS.search(text) else state.court)
    if told.subject is not None:
        rest = [p for p in state.parties if p != told.subject]
        state.parties[:] = [told.subject, *rest][:_MANY_PARTIES]
    voice = told.voice
    if voice is COURT and (share := quoted_share(text)) >= _MOSTLY:
        voice = _quotation_voice(texts, n, state)
        if voice.name is None and (share < _WHOLLY or not _QUOTED.match(text)):
            voice = COURT
    if state.quoting is not None:
        state.quoting = voice if voice is not COURT else quoted_source(text, parties=state.parties)
    return voice


def quoted_share(text: str) -> float:
    """The share of a sentence's letters that stand between double quotation marks, citations after
    the quotation left out.
    """
    quoted = sum(len(m[0]) for m in _QUOTED.finditer(text))
    last = max((m.end() for m in _QUOTED.finditer(text)), default=0)
    tail = text[last:]
    if _REPORTER.search(tail) or re.fullmatch(r"[\s.,;\[\]\d]*", tail):
        text = text[:last]
    return quoted / len(text) if text else 0.0


def _still_open(texts: Sequence[str], n: int, before: Voice | None) -> Voice | None:
    """A voice when a quotation is open at the end of the nth sentence, else None.

    One that the block does not close is taken for a scanning error.
    """
    marks = _QUOTE_MARKS.findall(texts[n])
    if not (marks[-1] if marks else before is not None):
        return None
    for later in texts[n + 1 :]:
        if following := _QUOTE_MARKS.search(later):
            return None if following[1] else before or COURT
    return None


def _citation_voice(
    text: str, names: Sequence[CaseName], previous_case: str | None
) -> Voice | None:
    """The court's voice for a bare citation, the cited case's for one with a description; None for
    a sentence that is more than a citation.
    """
    signal = _SIGNAL.match(text)
    body = text[signal.end() :] if signal else text
    outside = _outside_parentheses(body)
    starts_as_cite = (
        any(n.start - (len(text) - len(body)) <= 1 for n in names[:1])
        or _SHORT_FORM.match(body)
        or _REPORTER.match(body)
    )
    if not starts_as_cite or not _REPORTER.search(body):
        return None
    for name in names:
        outside = outside.replace(name.text, "")
    words = [w for w in _WORD.findall(outside) if w not in _CITE_WORDS]
    if len(words) > 2 + outside.count(";") * 2:
        return None
    if not _describes(body):
        return COURT
    if not names:
        return Voice(Speaker.AUTHORITY, _short_name(body) or previous_case)
    first = names[0].text
    return Voice(Speaker.AUTHORITY, f"{first} and others" if len(names) > 1 else first)


def _outside_parentheses(text: str) -> str:
    outside, depth = [], 0
    for c in text:
        depth += c == "("
        if depth <= 0:
            outside.append(c)
        depth = max(0, depth - (c == ")"))
    return "".join(outside)


def _describes(text: str) -> bool:
    """Whether one of the parentheticals in a citation tells what its case was or said."""
    for m in re.finditer(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text):
        inner = m[1].strip()
        if len(inner.split()) >= 3 and not _EDITORIAL.match(inner) and _WORD.search(inner):
            if re.search(r"(?:1[6-9]|20)\d\d$", inner):
                continue
            return True
    return False


def _short_name(text: str) -> str | None:
    m = re.match(r"([A-Z][\w.’'&\- ]{1,40}?),?\s(?:supra|\d+\s[A-Z])", text)
    return None if m is None or m[1].startswith("Id") else m[1]


def _quotation_voice(texts: Sequence[str], n: int, state: _State) -> Voice:
    """The voice of a sentence that is a quotation and does not itself say whose.

    It is that of the sentence which introduces it, else of the authority cited with or right after
    it; else an authority without a name.
    """
    if n and _INTRODUCES.search(texts[n - 1]):
        return quoted_source(texts[n - 1], parties=state.parties)
    last = max((m.end() for m in _QUOTED.finditer(texts[n])), default=0)
    for cited in (texts[n][last:].strip(), texts[n + 1] if n + 1 < len(texts) else ""):
        signal = _SIGNAL.match(cited)
        body = cited[signal.end() :] if signal else cited
        names = find_case_names(body)
        if names and names[0].start <= 1:
            return Voice(Speaker.AUTHORITY, names[0].text)
        if re.match(r"(?:Id|Ibid)\.", body) and state.case:
            return Voice(Speaker.AUTHORITY, state.case)
        if short := _short_name(body):
            return Voice(Speaker.AUTHORITY, clean_name(short))
    return Voice(Speaker.AUTHORITY)
