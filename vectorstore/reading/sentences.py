"""Splits a block's text into sentences, as offsets.

nupunkt does the work. Before it, what misleads it is mended in a copy with an offset map: star
pages, note calls and line ends become spaces, and sentences glued together by scanning
("court.The", "1991.1 The") are parted. After it, boundaries that fall inside a citation or a
parenthesis are taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from vectorstore.reading.mending import blank_out

_GLUED = re.compile(
    r"(?<=[a-z\d)\]][.?!])(?=[A-Z][a-z]+\s)|(?<=[a-z\d)][.?!][”\"’])(?=[A-Z][a-z]+\s)"
)
_LAST_WORD = re.compile(r"[\w.’'&-]+$")
_OPEN, _CLOSE = "([", ")]"
_REACH = 2500  # a parenthesis not closed within so many characters is taken for a scanning error

# A word in small letters, a full stop and a capital: a boundary unless the word is one of these.
# (nupunkt knows thousands of abbreviations from scanned law, among them "works." and "code.")
_PLAIN_END = re.compile(
    r"(?<![\w.’'-])(?P<word>[a-z][a-z’'-]{2,})[.?!][”\"’')\]]* "
    r"(?=[“\"‘(\[]*(?:[A-Z]|[ie][A-Z]|§ ?\d))"
)
_SMALL_ABBREVIATIONS = frozenset(
    """
    aff amend ann app approx art arts assn aug ave bldg bros cert cir civ cong const dec dept dist
    div etc est exh exhs feb fed figs fig govt gen hon ibid inc infra intl jan jud jun jul mar mem
    messrs mfg misc mot nat natl nom nos nov oct opp opn para paras pars petn pet pgs pub rec reg
    regs rel rep reps rev ref reh sec secs sep sept ser sess seq stat stats subd subds subpt supp
    supra sup super tit tits tr trans univ viz vol vols vs wit
    """.split()
)

_NEVER_STARTS = re.compile(
    r"[a-z,;:)\].]|L\. ?(?:Rev|REV|J)\b|(?:[”’](?=[\s.,;]|$))|[\"'] ?(?:[a-z,;]|$)"
)
_STARTS_LOWER = re.compile(r"[ie][A-Z]")  # "iPhone users", "eBay sells"
_CANNOT_END = re.compile(
    r"""(?:^|[\s(\[“"])(?:
        (?:v|vs|cf|e\.\s?g|i\.\s?e|[Vv]iz|[Nn]os|Mr|Mrs|Ms|Dr|Messrs|Hon|ex\srel|[Ss]ub\snom|St)\.
        |(?:[Ss]ee|[Bb]ut\ssee|[Aa]ccord)\.?
        |[§¶]+
    )$""",
    re.VERBOSE,
)
# Abbreviations that end no sentence before a number ("H.R.Rep. No. 1476", "N.Y.S. 371").
_BEFORE_NUMBER = re.compile(
    r"(?:\b(?:No|Nos|Rep|REP|Rev|REV|Stat|STAT|Art|Arts|Sec|Secs|Doc|Dkt|Ch|Vol|Pub|Const|Amend|Civ|"
    r"Crim|App|Evid|Ex|Exh|Pt|Cl|Rule|Proc|Fig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|L|P|n|"
    r"art|sec|ch|cl|pt|p|pp|vol|para|amend|app)|(?:[A-Z]\.)*[A-Z])\.$"
)
_NUMBER = re.compile(r"(?:Nos?\. |Section |Sec\. |§+ ?)?\d|[IVX]{2,}\b(?!\.)")
_CLOSING_QUOTES = re.compile(r"[”’\"'](?: ?[”’\"'])*(?=\s+\S)")


def split_sentences(
    source: str, start: int, end: int, *, skip: Iterable[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """The sentences of `source[start:end]`, in order, each beginning and ending in a visible
    character of its own.

    `skip` are spans no sentence says (star pages, note calls, furniture). They may lie inside a
    sentence but never at its ends. Empty or blank text gives no sentences.
    """
    mended = blank_out(source, start, end, skip)
    mended = mended.replaced(_GLUED, " ", where=lambda m: _ends_sentence(m.string[: m.start()]))
    if not mended.text.strip():
        return []
    sentences = []
    for s, e in _parts(mended.text):
        text = mended.text[s:e]
        s, e = s + len(text) - len(text.lstrip()), e - len(text) + len(text.rstrip())
        if s < e:
            sentences.append(mended.source_span(s, e))
    return sentences


def _ends_sentence(before: str) -> bool:
    """Whether the full stop at the end of `before` ends more than an abbreviation."""
    word = _LAST_WORD.search(before[-40:].rstrip('”"’'))
    if word is None:
        return True
    bare = word[0].rstrip(".?!").lower()
    return "." not in bare and len(bare) > 1 and bare not in _abbreviations()


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    import nupunkt  # here, so that importing this module stays free

    return frozenset(nupunkt.load_default_model().abbreviations)


def _parts(text: str) -> list[tuple[int, int]]:
    """The sentences of a mended text, with the white space between them."""
    import nupunkt

    cuts = {int(s) for s, _ in nupunkt.sent_spans(text)}
    cuts |= {m.end() for m in _PLAIN_END.finditer(text) if m["word"] not in _SMALL_ABBREVIATIONS}
    enclosed = _enclosed(text)
    kept = [0]
    for cut in sorted(cuts - {0}):
        if quotes := _CLOSING_QUOTES.match(text, cut):
            cut = quotes.end()  # they close the sentence before
        if not enclosed[cut] and cut > kept[-1] and _may_part(text[kept[-1] : cut], text[cut:]):
            kept.append(cut)
    return list(zip(kept, [*kept[1:], len(text)], strict=True))


def _enclosed(text: str) -> list[bool]:
    """For each offset whether it lies inside parentheses that are closed again."""
    enclosed = [False] * (len(text) + 1)
    stack: list[int] = []
    for i, c in enumerate(text):
        if c in _OPEN:
            stack.append(i)
        elif c in _CLOSE and stack:
            opened = stack.pop()
            if not stack and i - opened <= _REACH:
                enclosed[opened + 1 : i + 1] = [True] * (i - opened)
    return enclosed


def _may_part(before: str, after: str) -> bool:
    """Whether a sentence can end with `before` and another begin with `after`."""
    before, after = before.rstrip()[-200:], after.lstrip()[:80]
    if not after:
        return False
    if _NEVER_STARTS.match(after) and not _STARTS_LOWER.match(after):
        return False
    if _BEFORE_NUMBER.search(before) and _NUMBER.match(after):
        return False
    return not _CANNOT_END.search(before)
