"""Reads from a sentence's main clause whose words it reports.

"Plaintiff contends that …" reports a party; "The district court found that …" and "Section 1983
provides that …" report an authority. "We reject plaintiff's argument that …" is the court's own, as
is what stands in a subordinate clause ("Because plaintiff argues …, we …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vectorstore.opinion import COURT, Speaker, Voice
from vectorstore.reading import attribution_grammar as grammar
from vectorstore.reading import attribution_words as words
from vectorstore.reading.case_names import find_case_names


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose words a sentence reports; the party or the other court that is its subject, whoever
    speaks.
    """

    voice: Voice = COURT
    subject: str | None = None
    court: str | None = None


def attribute(text: str, *, parties: Sequence[str] = (), court: str | None = None) -> Attribution:
    """Whose words `text`, one sentence with single spaces, reports.

    `parties` are the names of the parties spoken of before, the latest first; pronouns are
    resolved to them. `court` is the other court that the sentences right before were about, which
    "the court held" then means.

    >>> attribute("She claims that he lied.", parties=["plaintiff"]).voice
    Voice(speaker=<Speaker.PARTY: 'party'>, name='plaintiff')
    """
    subject: str | None = None
    other: str | None = None
    according = grammar.ACCORDING.search(text)
    told = None if according is None else _source_voice(according["who"])
    if told is not None and according is not None and according.start() <= 4:
        return Attribution(told)
    for start in _main_clauses(text):
        clause, lead = text[start:], text[:start]
        if grammar.DEPENDENT.match(clause) or grammar.APPEARANCE.search(clause):
            continue
        if subject is None and (m := grammar.SUBJECT.match(clause)) and m["own"] is None:
            subject = clean_name(m["who"])
        if other is None and (m := grammar.OTHER_COURT.match(clause)):
            other = _court_name(m["who"], clause[m.end() :], lead)
        voice = _clause_voice(clause, lead, parties, court)
        if voice is not None:
            if voice.speaker is Speaker.PARTY:
                if grammar.COURT_ANSWERS.search(clause):
                    voice = COURT
                subject = subject or voice.name
            elif other is None and grammar.THE_COURT.match(clause):
                other = court
            return Attribution(voice, subject, other)
    return Attribution(told or _afterthought(text, parties, court) or COURT, subject, other)


def _main_clauses(text: str) -> Iterator[int]:
    """Where a main clause may begin.

    At the sentence's own beginning, unless that is a subordinate clause; and behind each of the
    first commas, where the beginning is a phrase or clause that cannot be the main one.
    """
    start = grammar.OPENING_MARKS.match(text)
    begin = start.end() if start else 0
    first = re.match(r"[\w’'-]+", text[begin:])
    word = first[0].lower() if first else ""
    if word not in grammar.SUBORDINATORS:
        yield begin
        if m := grammar.CONJUNCTION.match(text, begin):
            yield m.end()
    if (
        word in grammar.OPENERS
        or word in grammar.SUBORDINATORS
        or re.fullmatch(r"\w+(?:ing|ly)", word)
    ):
        for n, m in enumerate(re.finditer(r",[”\"]?\s", text[begin : begin + 400])):
            if n == 6:
                return
            yield begin + m.end()


def _clause_voice(
    clause: str, lead: str, parties: Sequence[str], other_court: str | None
) -> Voice | None:
    """The voice of a main clause; None when it is no report of anybody's words."""
    return (
        _claim_voice(clause, parties)
        or _court_voice(clause, lead, other_court)
        or _party_voice(clause, parties)
        or _text_voice(clause)
        or _somebody_voice(clause)
    )


def _afterthought(text: str, parties: Sequence[str], court: str | None) -> Voice | None:
    """The voice of "The rule, plaintiff argues, is void" or "The rule is void, the court held"."""
    if m := grammar.PARTY_INSERTED.search(text):
        pronoun = re.fullmatch(grammar.PRONOUN, m["who"])
        name = resolve(m["who"], parties) if pronoun else clean_name(m["who"])
        return Voice(Speaker.PARTY, name)
    if m := grammar.COURT_LAST.search(text):
        return Voice(Speaker.AUTHORITY, _court_name(m["who"], "", ""))
    if court is not None and grammar.THE_COURT_LAST.search(text):
        return Voice(Speaker.AUTHORITY, court)
    return None


def _claim_voice(clause: str, parties: Sequence[str]) -> Voice | None:
    m = grammar.CLAIM_IS.match(clause) or grammar.IT_IS_CLAIMED.match(clause)
    if m is None:
        return None
    who = m["who"] or m.groupdict().get("whose")
    return Voice(Speaker.PARTY, None if who is None else _owner(who, parties))


def _court_voice(clause: str, lead: str, other_court: str | None) -> Voice | None:
    m = grammar.COURT_SAYS.match(clause)
    if m:
        if (
            m["negated"]
            or grammar.NEGATED.search(m["aux"])
            or grammar.WRITES_FOR_COURT.match(clause, m.end())
        ):
            return None
        return Voice(Speaker.AUTHORITY, _court_name(m["who"], clause[m.end() :], lead))
    if m := grammar.THE_COURT.match(clause):
        if "ourt" in m[0] and (case := _lead_case(lead)):
            return Voice(Speaker.AUTHORITY, case)
        if other_court is not None and grammar.SAID.fullmatch(m["verb"]):
            return Voice(Speaker.AUTHORITY, other_court)
    return None


def _party_voice(clause: str, parties: Sequence[str]) -> Voice | None:
    if m := grammar.PARTY_SAYS.match(clause):
        if m["negated"] and not grammar.CONCEDES.match(m["verb"]):
            return None
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if (m := grammar.PARTY_ACTS.match(clause)) and m["own"] is None:
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if m := grammar.PAPER_SAYS.match(clause):
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if (m := grammar.PRONOUN_SAYS.match(clause)) and not m["negated"]:
        strong = re.fullmatch(words.CONTEND, m["verb"]) is not None
        if strong or (parties and m["who"].lower() != "it"):
            return Voice(Speaker.PARTY, resolve(m["who"], parties))
    return None


def _text_voice(clause: str) -> Voice | None:
    if (m := grammar.TEXT_SAYS.match(clause)) and not m["negated"]:
        return Voice(Speaker.AUTHORITY, clean_name(m["who"]))
    if (m := grammar.CASE_SAYS.match(clause)) and not grammar.NOBODY.match(m["case"]):
        return Voice(Speaker.AUTHORITY, m["case"])
    return None


def _somebody_voice(clause: str) -> Voice | None:
    """The voice of a party called by its own name or trade ("Aereo", "the officers")."""
    if grammar.NOBODY.match(clause) or grammar.ANY_COURT.match(clause):
        return None
    for pattern in (grammar.SOMEBODY_SAYS, grammar.SOMEBODY_ACTS, grammar.NAMED_SAYS):
        if m := pattern.match(clause):
            if m.groupdict().get("negated") and not grammar.CONCEDES.match(m["verb"]):
                return None
            return Voice(Speaker.PARTY, clean_name(m["who"]))
    return None


def quoted_source(introduction: str, *, parties: Sequence[str] = ()) -> Voice:
    """Whose words a quotation gives that `introduction` introduces ("As the First Circuit explained
    in Soto:"). Nameless where the introduction names nobody.
    """
    voice = attribute(introduction, parties=parties).voice
    if voice is not COURT:
        return voice
    said = list(
        re.finditer(
            rf"{grammar.COURT}{grammar.QUALIFIED}{grammar.INSERTED}\s(?:{grammar.AUXILIARY})(?:{words.COURT_SAYS})\b",
            introduction,
        )
    )
    if said:
        last = said[-1]
        name = _court_name(last["who"], introduction[last.end() :], introduction[: last.start()])
        return Voice(Speaker.AUTHORITY, name)
    if m := re.search(rf"\b(?:{words.COURT_SAYS})(?:\s\w+)?\sin\s{grammar.CASE}", introduction):
        return Voice(Speaker.AUTHORITY, m["case"].rstrip(".,"))
    if names := find_case_names(introduction):
        return Voice(Speaker.AUTHORITY, names[-1].text)
    if cases := list(grammar.IN_CASE.finditer(introduction)):
        return Voice(Speaker.AUTHORITY, cases[-1]["case"].rstrip(".,"))
    texts = list(re.finditer(grammar.TEXT, introduction))
    if texts:
        return Voice(Speaker.AUTHORITY, clean_name(texts[-1]["who"]))
    return Voice(Speaker.AUTHORITY)


def resolve(pronoun: str, parties: Sequence[str]) -> str | None:
    """The latest of `parties` that a pronoun can stand for; None when there is none."""
    kind = pronoun.lower()
    for name in parties:
        plural = bool(re.search(r"(?:s|parties|amici|people)$", name)) and not name.istitle()
        impersonal = bool(grammar.PERSONAL.search(name))
        if kind == "they" or kind == "their":
            if plural:
                return name
        elif kind in ("it", "its"):
            if impersonal or name.istitle():
                return name
        elif not plural and not impersonal:
            return name
    return parties[0] if parties else None


def clean_name(written: str) -> str:
    """A name as shown to people: without article, a role in small letters without the person's
    name.

    >>> clean_name("Plaintiff Laurie Cook"), clean_name("The State"), clean_name("the officers")
    ('plaintiff', 'State', 'officers')
    """
    name = re.sub(rf"^(?i:{grammar.DETERMINER})\s", "", written.strip(" ,.;:"))
    name = re.sub(r"(?<=\w)[’']s?$", "", name)
    m = re.match(rf"(?:\w+\s)?(?P<role>(?i:{words.ROLES}))(?=\s[A-Z]|$)", name)
    if m:
        role = m["role"]
        official = role.lower() in (
            "state",
            "people",
            "commonwealth",
            "government",
            "commissioner",
            "secretary",
        )
        if name.startswith(role):
            return role if official else role.lower()
    return name


def _owner(possessive: str, parties: Sequence[str]) -> str | None:
    if re.fullmatch(r"(?i:his|her|its|their)", possessive):
        return resolve({"his": "he", "her": "she"}.get(possessive.lower(), possessive), parties)
    name = clean_name(possessive)
    # "plaintiffs complaint": scanning lost the apostrophe, and with it whether it is one or more.
    one = name.removesuffix("s")
    lost = name != one and not re.search(r"[’']", possessive) and name not in parties
    return one if lost and one in parties else name


def _source_voice(written: str) -> Voice | None:
    name = clean_name(re.sub(r"[’']s?\s(?:view|opinion|estimation)\b.*|,.*", "", written))
    if re.search(rf"\b(?i:{words.ROLES}|{words.PAPERS})\b", name):
        return Voice(Speaker.PARTY, name)
    if re.search(rf"\b(?:(?i:{words.COURTS}|{words.TEXTS})|{words.PROPER_COURTS})\b", name):
        return Voice(Speaker.AUTHORITY, name)
    named = re.fullmatch(grammar.NAME, name) and not grammar.NOBODY.match(name)
    return Voice(Speaker.PARTY, name) if named else None


def _court_name(who: str, after: str, lead: str) -> str:
    name = clean_name(who if " and " in who else re.sub(r"^.*\bthe\s", "", who))
    m = re.match(rf"(?:\s\w+)?,?\s(?:in|of)\s{grammar.CASE}", after)
    if m and not re.match(
        r"[A-Z][a-z]+\s\d|(?:January|February|March|April|May|June|July)\b", m["case"]
    ):
        return f"{name} in {m['case'].rstrip('.,')}"
    case = _lead_case(lead)
    return f"{name} in {case}" if case else name


def _lead_case(lead: str) -> str | None:
    """The case of "In Roe v. Wade, 410 U.S. 113 (1973), the Court held"."""
    m = re.match(rf"[“\"]?(?:\w+,\s)?In\s{grammar.CASE}(?=,\s)", lead)
    if m is None or re.match(r"(?:[A-Z][a-z]+\s)?\d|This|That|The|Re\b", m["case"]):
        return None
    return m["case"].rstrip(".,")
