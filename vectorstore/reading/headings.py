"""Recognises bylines and headings by their form.

A byline names the judge who writes ("CHATIGNY, District Judge.", "Justice Brennan delivered the
opinion of the Court.", "PER CURIAM."). It may run straight into the first sentence
("CHATIGNY, District Judge.This case presents"), so it is matched at the start of a line and its
length is given.
"""

from __future__ import annotations

import re

_NAME = r"[A-Z][\w.’'\-]*(?:,?\s(?:[A-Z][\w.’'\-]*|de|van|von|del|la)){0,4}"
_OFFICE = (
    r"(?i:(?:(?:United\sStates|U\.\s?S\.|Senior|Chief|Acting|Associate|Presiding|Vice|Circuit|"
    r"District|Magistrate|Bankruptcy|Superior|Tax|Court|Appellate|Supreme|Administrative|Law|"
    r"Special|Trial|Retired|Pro\sTem(?:pore)?)\s+)*"
    r"(?:Judge|Justice|Chancellor|Master|Referee|Surrogate|Commissioner))"
)
_OFFICE_SHORT = r"(?:(?:A\.?\s?)?(?:C|P|Ch|V\.?\s?C)\.?\s?J|J)\."
_POLITE = r"(?i:(?:the\s)?(?:Mr|Mrs|Ms|Hon)\.\s|(?:the\s)?(?:Madam|Honou?rable)\s|the\s)?"
# To the full stop that is no abbreviation's ("in which SCALIA, J., joined.").
_REST = r"(?:[^.]|(?<=\b[A-Z])\.|(?<=\bJJ)\.|(?<=\b[JSMD]r)\.){0,300}?(?<!\bJ)(?<!\bJJ)\."
_DELIVERS = (
    rf"(?i:with\swhom|joined\sby|delivered|announced|wrote|writing\sfor|filed|authored|dissenting|dissents|"
    rf"concurring|concurs|for\sthe\scourt){_REST}"
)
_BYLINE = re.compile(
    rf"""
    (?i:(?:opinion\s)?per\scuriam(?:\sopinion)?(?:[.:]|$))
    |(?i:opinion|order|decision|ruling|memorandum|by|announced)\s
        (?i:opinion\s)?(?i:of\sthe\scourt\s)?(?i:by\s|of\s)?{_POLITE}
        (?:{_OFFICE}\s{_NAME}|{_NAME},\s(?:{_OFFICE}|{_OFFICE_SHORT}))[.:]?
    |{_POLITE}{_OFFICE}\s{_NAME},?(?:\s{_DELIVERS}|(?<=[.:])|[:]|$)
    |{_NAME}(?:,\s|\s\()(?:{_OFFICE}|{_OFFICE_SHORT})\)?
        (?:,?\s\(?{_DELIVERS}\)?:?|(?<=\.):?(?!,)|[.:*]|$)
    """,
    re.VERBOSE,
)
_SEPARATE = re.compile(r"\b(?:dissent|concurr)", re.I)
_LINE_UP = re.compile(r"\b(?:filed|joined|post, p\.|took no part)")
_PANEL = re.compile(r"\s*(?:Before|Present)\b", re.I)
# "MERCURE, J.P., ROSE and LAHTINEN, JJ.": who sat.
_PANEL_ALONE = re.compile(r"[A-Z][A-Z.,’'\- ]{2,150}(?: and [A-Z.,’'\- ]{2,40})?, JJ\.")

_LABEL = r"(?:\(?(?:[IVXL]{1,6}|[A-Z]|[a-z]|\d{1,2}|[ivxl]{1,5})[.)]|[IVXL]{1,6}(?=\s*$|\s?[-–—]))"
_LABEL_ALONE = re.compile(rf"{_LABEL}\s*$")
_LABELLED = re.compile(rf"{_LABEL}\s*[-–—]?\s*(?P<title>\S.*)$", re.S)
_KNOWN = frozenset(
    """
    analysis; background; conclusion; conclusions; conclusions of law; discussion; facts;
    factual background; facts and procedural history; factual and procedural background;
    findings of fact; introduction; jurisdiction; jurisdiction and standard of review;
    legal standard; legal standards; legal analysis; merits; order; opinion; opinion and order;
    procedural background; procedural history; procedural posture; remedy; relief; ruling;
    standard of review; standards of review; statement of facts; statement; statement of the case;
    summary; summary judgment standard; syllabus; decision; judgment; memorandum;
    memorandum opinion; the facts; the merits; prior proceedings; proceedings below; disposition;
    issues; issue; damages; remedies; overview; footnotes; notes; appendix; questions presented;
    question presented; dissent; concurrence
    """.replace("\n    ", " ")
    .strip()
    .split("; ")
)
_DISPOSITION = re.compile(
    r"\b(?:affirm|reverse|vacate|remand|dismiss|denied|granted|ordered|adjudged|decreed|quashed)",
    re.IGNORECASE,
)
_SMALL = frozenset(
    "a an the of in on at to by for from with under into and or nor but as is are its v. vs.".split(
        " "
    )
)
_TRAILING_CALL = re.compile(r"(?<=[.?!”\"\w])(?:\[[\d*]{1,3}\]|[¹²³⁰⁴-⁹]+)$|(?<=[.?!”\"])\d{1,3}$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|we|it|he|she|they|I|do|does|did|will|would|may|must|shall)\b"
)
_MAX_HEADING = 160
# An answer in an examination ("A. Yes. I saw him.") is none, nor is a name or an abbreviation.
_RUN_IN = re.compile(
    r"(?:[IVXL]{1,6}|[A-Z]|\d{1,2})[.)]\s+(?!(?:Yes|No|Correct|Right|True|Id|See)\b)"
    r"(?P<title>[A-Z][^.?!:;\d]{0,70}?[a-z]{4}\.)(?=\s+[A-Z“\"])"
)


def byline_length(text: str) -> int | None:
    """How many characters of `text` from its start are a byline; None when it starts with none.

    >>> byline_length("CHATIGNY, District Judge.This case presents")
    25
    """
    if _PANEL.match(text) or not text[:1].isupper():
        return None
    if _PANEL_ALONE.fullmatch(text):
        return None
    m = _BYLINE.match(text)
    if m is None or re.search(r"(?i:judges|justices)\b|\bJJ\.$", m[0]):
        return None
    # "X, J., delivered the opinion, in which Y, J., joined. Z, J., filed a dissent": all of it.
    line_up = re.search(r"deliver|announc", m[0]) and _LINE_UP.search(text, m.end())
    return len(text) if line_up and len(text) < 1000 else m.end()


def is_byline_alone(text: str) -> bool:
    """Whether `text` is a byline and nothing more, as a separate opinion's is."""
    return byline_length(text) == len(text)


def is_separate_byline(text: str) -> bool:
    """Whether a byline is a dissent's or concurrence's."""
    return bool(_SEPARATE.search(text))


def is_heading(text: str) -> bool:
    """Whether a unit's text has the form of a heading ("II. Discussion", "BACKGROUND", "A.").

    Form is not everything: a signature at the end looks the same, and a note "1. See id." is one
    where notes stand. The caller knows the place.
    """
    text = _TRAILING_CALL.sub("", " ".join(text.split()))
    if not text or len(text) > _MAX_HEADING or not re.search(r"\w", text):
        return False
    if _LABEL_ALONE.match(text) or text.strip(" .:").lower() in _KNOWN:
        return True
    if labelled := _LABELLED.match(text):
        return _is_title(labelled["title"], most_words=25)
    return _is_title(text, most_words=14)


def is_clause_heading(text: str) -> bool:
    """Whether a text has the form of a numbered heading worded as a clause, without final stop
    ("1. Title VII does not cover age").
    """
    text = _TRAILING_CALL.sub("", " ".join(text.split()))
    m = _LABELLED.match(text)
    if m is None or len(text) > _MAX_HEADING:
        return False
    title = m["title"]
    one = not re.search(r"[a-z]{2}[.?!]\s+[A-Z]", title)
    return one and title[0].isupper() and len(title.split()) <= 25 and title[-1].isalnum()


def run_in_heading_length(text: str) -> int | None:
    """How many characters of `text` from its start are a numbered heading that runs into its
    paragraph; None when it starts with none.

    >>> run_in_heading_length("A. Standard. Summary judgment is proper where no fact is disputed.")
    12
    """
    m = _RUN_IN.match(text)
    if m is None or len(text) - m.end() < 40 or _DISPOSITION.search(m["title"]):
        return None
    title = " ".join(m["title"].split())
    short = len(title.split()) <= 5 and not _FINITE.search(title)
    return m.end() if short or _is_title(title, most_words=8) else None


def _is_title(text: str, *, most_words: int) -> bool:
    """Whether `text` is worded as a title: all capitals, title case, or short without a full stop.

    "AFFIRMED." and "SO ORDERED." are what the court did, not titles.
    """
    words = text.split()
    letters = [c for c in text if c.isalpha()]
    if not letters or len(words) > most_words or text[-1] in ";,":
        return False
    if text.isupper():
        return not (_DISPOSITION.search(text) and text[-1] in ".!")
    if not text[0].isupper() and text[0] not in "“\"§‘'":
        return False
    main = [w for w in words if w.lower().strip("“”\"'’.,") not in _SMALL and w[0].isalpha()]
    capital = sum(w[0].isupper() for w in main) >= 0.8 * max(1, len(main))
    if text[-1] == "." and (_FINITE.search(text) or re.search(r"\d|^(?:Id|See|Cf|But)\b", text)):
        return False  # a short sentence or a citation
    if text[-1] in ".:":
        says = _FINITE.search(text) or _DISPOSITION.search(text)
        return capital and len(words) <= 7 and not says
    if text[-1] in '?!”"':
        return capital and len(words) <= 14
    return capital or (len(words) <= 6 and not _FINITE.search(text))
