"""Reads from a sentence's main clause whose words it reports.

"Plaintiff contends that …" reports a party; "The district court found that …" and "Section 1983
provides that …" report an authority. "We reject plaintiff's argument that …" is the court's own, as
is what stands in a subordinate clause ("Because plaintiff argues …, we …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vectorstore.attribution_words import (
    CLAIMS,
    CONTEND,
    CONTEND_THAT,
    COURT_SAYS,
    COURTS,
    GIST,
    NAMED_SAYS,
    PAPERS,
    PARTY_SAYS,
    PROPER_COURTS,
    ROLES,
    TEXT_SAYS,
    TEXTS,
)
from vectorstore.case_names import find_case_names
from vectorstore.opinion import COURT, Speaker, Voice

_NAME = r"[ie]?[A-Z][\w.’'&\-]*(?:\s(?:of\s|the\s|&\s)?[A-Z][\w.’'&\-]*){0,4}"
_DETERMINER = r"(?:the|a|an|this|that|his|her|its|their|both|all|each|some|many|several|other)"
_POSSESSIVE = rf"(?:(?i:{ROLES})(?:[’']s?)?|{_NAME}[’']s?|(?i:his|her|its|their))"

_QUALITY = (  # a word before a noun
    r"(?:(?!(?:if|by|of|in|on|to|for|from|with|that|as|and|or|is|are|was|not)\b)[\w’'-]+\s)"
)
# "state officials" are no State.
_ROLE = (
    rf"(?P<role>(?!state\b|people\b|government\b)(?i:{ROLES})|(?<=the\s)(?:state|government)"
    r"(?!\s(?:law|court|action|actor|official|agenc|employee|tort|power|interest|statut)))"
)
_PARTY = (
    rf"(?P<who>(?:(?i:{_DETERMINER})\s)?{_QUALITY}{{0,2}}?{_ROLE}"
    rf"(?:[-/]\w+)?(?:\s{_NAME})?(?P<own>[’']s?(?:\s[\w-]+){{1,2}})?)(?![\w’'])"
)
_PAPER = rf"(?P<who>(?:{_POSSESSIVE}\s|(?i:the|this)\s)?(?i:{PAPERS}))"
_PROPER = rf"(?!(?:The|An?|In|All|Some)\s){_NAME}"
_SOMEBODY = (
    rf"(?P<who>(?i:the|both|these|those|two|other)\s(?:[\w’'-]+\s){{0,2}}?[\w’'-]+|{_PROPER})"
)
_PRONOUN = r"(?P<who>(?i:he|she|they|it))"
_COURT = (
    rf"(?P<who>(?:(?i:the|a|an|each)\s)?(?:(?:[\w’'-]+\s){{0,2}}?(?i:{COURTS})|{PROPER_COURTS})"
    rf"(?:\sand\s(?:the\s)?(?:(?i:{COURTS})|{PROPER_COURTS}))?)"
)
_CASE = r"(?P<case>[A-Z][\w.’'&\-]*(?:\s(?:v\.\s)?(?:of\s|the\s|&\s)?[A-Z][\w.’'&\-]*){0,8})"
_TEXT = (
    rf"(?P<who>(?:(?i:the|this|that)\s)?(?:[\w.’'§-]+\s){{0,3}}?"
    rf"(?:(?i:{TEXTS})|§+|[A-Z]{{2,}}(?=\s\d))(?:\s(?:\d[\w.()\-]*|[IVX]+|[A-Z])(?!\w))?"
    r"(?:\sof\sthe\s(?:[A-Z][\w.]*\s?){1,4}(?=\s))?)"
)

_ADVERB = (
    r"(?:(?:more\s|most\s)?\w+ly|long|also|further|first|next|then|now|again|even|instead|still|"
    r"thus)"
)
_AUXILIARY = (
    rf"(?:(?:{_ADVERB},?|has|have|had|do|does|did|would|could|may|might|can|seems?\sto|"
    r"appears?\sto|attempts?\sto|tries\sto|goes\son\sto|went\son\sto|continues?\sto|is|are|was|were|"
    r"in\s\w+|as\swell)\s){0,4}"
)
# What may stand between subject and verb: "Counsel for petitioner", "The plaintiffs in this case";
# "Petitioner, relying on the same contentions, urges".
_QUALIFIED = r"(?:\s(?:below|here|(?:in|for|of|on|from|who)(?:\s[^\s,.;:]+){1,6}?(?<!\sto)))?"
_INSERTED = r"(?:,\s[^.;:]{1,200}?,)?"


def _clause(subject: str, verb: str) -> re.Pattern[str]:
    return re.compile(
        rf"{subject}{_QUALIFIED}{_INSERTED}\s(?P<aux>{_AUXILIARY})(?P<negated>not\s)?"
        rf"(?:{_ADVERB}\s)?(?P<verb>{verb})(?!\w)"
    )


_PARTY_SAYS = _clause(_PARTY, rf"{CONTEND}|{CONTEND_THAT}|{PARTY_SAYS}")
_PAPER_SAYS = _clause(_PAPER, rf"{CONTEND}|(?:{CONTEND_THAT}|state[sd]?)(?=\s(?:that|[“\"]))")
_SOMEBODY_SAYS = _clause(
    _SOMEBODY,
    rf"{CONTEND}|(?:{CONTEND_THAT})(?=\sthat)|testif(?:y|ies|ied)|claim(?:s|ed)?(?=\s(?:that|to|he|she|it|they|the|a|an)\b)",
)
_NAMED_SAYS = _clause(rf"(?P<who>{_PROPER})", NAMED_SAYS)
_PRONOUN_SAYS = _clause(_PRONOUN, rf"{CONTEND}|(?:{CONTEND_THAT})(?=[\s,])|{PARTY_SAYS}")
_COURT_SAYS = _clause(_COURT, COURT_SAYS)
_CASE_SAYS = re.compile(
    rf"(?:the\s(?:Court|court)\sin\s)?{_CASE}(?:\s[Cc]ourt)?\s(?:also\s|itself\s)?"
    r"(?P<verb>held|holds|teaches|explained|established|reasoned|recognized|stands\sfor)\b"
)
_THE_COURT = re.compile(
    rf"(?:[Tt]he\s(?:[Cc]ourt|panel|judge)|[Ii]t)(?:,\s[^,]{{1,60}},)?\s(?P<aux>{_AUXILIARY})(?P<verb>\w+)\b"
)
_SAID = re.compile(
    r"held|found|concluded|reasoned|explained|stated|said|noted|observed|determined|recognized|ruled|"
    r"rejected|agreed|believed|wrote|emphasized|declared|hold|thought|assumed|credited|interpreted"
)
# "The rule, plaintiff argues, is void."; "The rule is void, the Second Circuit held."
_PARTY_INSERTED = re.compile(
    rf",\s(?P<who>(?:the\s)?(?i:{ROLES})|{_PROPER}|(?:he|she|they))\s(?:argue|contend|assert|"
    r"maintain|claim|insist|allege|submit)(?:s|ed|d)?[,.]"
)
_LAST = (
    r"\s(?:reasoned|said|explained|concluded|held|noted|observed|stated|added)(?:,[^,.]{1,60})?\.?$"
)
_COURT_LAST = re.compile(rf",[”\"]?\s{_COURT}{_LAST}")
_THE_COURT_LAST = re.compile(rf",[”\"]?\sthe\s[Cc]ourt{_LAST}|,\saccording\sto\sthe\s[Cc]ourt[,.]")
_SUBJECT = re.compile(_PARTY)
_DEPENDENT = re.compile(
    r"(?:that|which|who|whom|whose|where|when|and|or|as|if|because|since|although|while|unless)\b"
)
_APPEARANCE = re.compile(
    r"\bargue[ds]?\s(?:the\scause|for\s(?:the\s)?(?:appell|petit|respond|plain|defend))"
)
_ANY_COURT = re.compile(rf"{_COURT}(?!\w)")
_OTHER_COURT = re.compile(rf"{_COURT}(?:\sof\s[^,.;]{{0,60}}?)?(?:,\s[^,]{{1,60}},)?\s[a-z]+")
_NEGATED = re.compile(r"\bnot\b")
_WRITES_FOR_COURT = re.compile(r"\s(?:the|an?)\s(?:opinion|judgment)|\sfor\s")
_TEXT_SAYS = _clause(_TEXT, TEXT_SAYS)
_PARTY_ACTS = re.compile(
    rf"{_PARTY}{_QUALIFIED}{_INSERTED}\s(?:{_AUXILIARY})(?P<verb>[a-z]+)\b[^;]*?,?\s(?:arguing|"
    r"contending|claiming|asserting|alleging|maintaining|insisting|urging|charging|on\sthe\s"
    r"(?:grounds?|theory|basis)\sthat)\b"
)
_SOMEBODY_ACTS = re.compile(
    rf"{_SOMEBODY}\s(?:{_AUXILIARY})(?:sued|filed|brought|moved|appealed|appeals|moves|sues|"
    r"petitioned|objected|responded|answered|commenced|sought|seeks|counterclaimed|raised|"
    r"cross-moved|cross-appealed|opposed|opposes)\b[^;]*?,?\s(?:arguing|"
    r"contending|claiming|asserting|alleging|maintaining|on\sthe\s(?:grounds?|theory)\sthat)\b"
)
_CLAIM_IS = re.compile(
    rf"(?:(?:(?i:the|a)\s)?(?:\w+\s)?(?P<who>{_POSSESSIVE})\s(?:[\w-]+\s){{0,3}}?(?:{CLAIMS})|"
    rf"[Tt]he\s(?:{GIST}|{CLAIMS})\sof\s(?:(?i:{_DETERMINER})\s)?(?P<whose>{_POSSESSIVE})(?:\s[\w’'-]+)"
    r"{0,3}?|[Tt]he\s(?:argument|contention|theory|claim|suggestion))(?:,\s[^,]{1,40},)?\s"
    r"(?:[^,.;]{0,60}?\s)?"
    r"(?:(?:is|was|are|were|seems?\sto\sbe|appears?\sto\sbe|runs|goes)(?:,\s[^,]{1,60},|\s\w+ly)?\s"
    r"(?:that|as\sfollows|[^.;]{0,60}?,\s(?:i\.e\.|namely),?\sthat)|(?:rests?|is\sbased|is\spremised|hinges|depends)\s(?:\w+ly\s)?(?:up)?on)\b"
)
_IT_IS_CLAIMED = re.compile(
    rf"[Ii]t\s(?:is|was)\s(?:\w+ly\s)?(?:(?:argued|contended|alleged|urged|asserted|claimed|"
    rf"insisted|suggested)\b|(?P<who>{_POSSESSIVE})\s(?:\w+\s)?(?:{CLAIMS})\sthat)"
)
_ACCORDING = re.compile(
    rf"(?:\b[Aa]ccording\sto|^[“\"]?In\s(?=(?:the\s)?[\w’'.]+(?:\s[\w’'.]+){{0,2}}[’']s?\s(?:view|opinion|"
    rf"estimation)\b))\s?(?P<who>(?:(?i:{_DETERMINER})\s)?(?:[\w’'.-]+\s?){{1,4}})"
)

# What may open a sentence before its main clause, up to a comma.
_OPENERS = frozenset(
    "in on at by for from with without under after before during upon to although while because "
    "since if when where though even despite notwithstanding given unlike like as of first second "
    "third fourth fifth last lastly finally next also further furthermore however moreover "
    "nevertheless nonetheless thus hence therefore accordingly here instead rather indeed still "
    "again alternatively conversely meanwhile yet and but or throughout through not thereafter "
    "later there nor so".split()
)
_SUBORDINATORS = frozenset(
    "although while because since if when where though even as unless until whether once whereas "
    "insofar after before given".split()
)
_CONJUNCTION = re.compile(r"(?:But|And|Nor|Yet|So|Or|Here|Thus|Now|Again|Also|First|Still)\s")
# Also a paragraph's number, which states with public-domain citations print ("¶ 12").
_OPENING_MARKS = re.compile(r"(?:¶+\s?\d+\s|\[\d{1,3}\]\s)?[“\"‘(\[\s]*")
_COURT_ANSWERS = re.compile(
    r"(?:[;,]|\s[-–—]+)\s?(?:but|yet|however|and|a)?,?\s?(?:[\w,]+\s){0,3}?(?:we|this\s[Cc]ourt|the\s"
    r"[Cc]ourt)\s(?:\w+\s)?(?:disagree|agree|reject|conclude|hold|find|cannot|do\snot|decline|are\s)"
    r"|[;,]\s(?:but|however,|yet)\s(?:th(?:is|at|e|ese)|such|his|her|its|their)\s(?:\w+\s)?"
    r"(?:argument|contention|claim|theory|position|reliance)"
)
_NOBODY = re.compile(
    r"(?:We|I|This|That|These|Those|There|One|No|None|Nothing|Which|What|Who|It|He|She|They|If|Such|"
    r"The\s(?:court|Court|statute|record|evidence|patent|claims?|opinion|case|question|issue)|"
    r"(?:the\s)?(?:following|above|same|result))\b"
)
_CONCEDES = re.compile(r"(?:dispute|den(?:y|ies)|contest|object|challenge|doubt)")
_PERSONAL = re.compile(
    r"\b(?:[Gg]overnment|[Ss]tate|[Pp]eople|[Cc]ommonwealth|[Cc]ity|[Cc]ounty|Inc|Corp)"
)


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
    according = _ACCORDING.search(text)
    told = None if according is None else _source_voice(according["who"])
    if told is not None and according is not None and according.start() <= 4:
        return Attribution(told)
    for start in _main_clauses(text):
        clause, lead = text[start:], text[:start]
        if _DEPENDENT.match(clause) or _APPEARANCE.search(clause):
            continue
        if subject is None and (m := _SUBJECT.match(clause)) and m["own"] is None:
            subject = clean_name(m["who"])
        if other is None and (m := _OTHER_COURT.match(clause)):
            other = _court_name(m["who"], clause[m.end() :], lead)
        voice = _clause_voice(clause, lead, parties, court)
        if voice is not None:
            if voice.speaker is Speaker.PARTY:
                if _COURT_ANSWERS.search(clause):
                    voice = COURT
                subject = subject or voice.name
            elif other is None and _THE_COURT.match(clause):
                other = court
            return Attribution(voice, subject, other)
    return Attribution(told or _afterthought(text, parties, court) or COURT, subject, other)


def _main_clauses(text: str) -> Iterator[int]:
    """Where a main clause may begin.

    At the sentence's own beginning, unless that is a subordinate clause; and behind each of the
    first commas, where the beginning is a phrase or clause that cannot be the main one.
    """
    start = _OPENING_MARKS.match(text)
    begin = start.end() if start else 0
    first = re.match(r"[\w’'-]+", text[begin:])
    word = first[0].lower() if first else ""
    if word not in _SUBORDINATORS:
        yield begin
        if m := _CONJUNCTION.match(text, begin):
            yield m.end()
    if word in _OPENERS or word in _SUBORDINATORS or re.fullmatch(r"\w+(?:ing|ly)", word):
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
    if m := _PARTY_INSERTED.search(text):
        pronoun = re.fullmatch(_PRONOUN, m["who"])
        name = resolve(m["who"], parties) if pronoun else clean_name(m["who"])
        return Voice(Speaker.PARTY, name)
    if m := _COURT_LAST.search(text):
        return Voice(Speaker.AUTHORITY, _court_name(m["who"], "", ""))
    if court is not None and _THE_COURT_LAST.search(text):
        return Voice(Speaker.AUTHORITY, court)
    return None


def _claim_voice(clause: str, parties: Sequence[str]) -> Voice | None:
    m = _CLAIM_IS.match(clause) or _IT_IS_CLAIMED.match(clause)
    if m is None:
        return None
    who = m["who"] or m.groupdict().get("whose")
    return Voice(Speaker.PARTY, None if who is None else _owner(who, parties))


def _court_voice(clause: str, lead: str, other_court: str | None) -> Voice | None:
    m = _COURT_SAYS.match(clause)
    if m:
        if m["negated"] or _NEGATED.search(m["aux"]) or _WRITES_FOR_COURT.match(clause, m.end()):
            return None
        return Voice(Speaker.AUTHORITY, _court_name(m["who"], clause[m.end() :], lead))
    if m := _THE_COURT.match(clause):
        if "ourt" in m[0] and (case := _lead_case(lead)):
            return Voice(Speaker.AUTHORITY, case)
        if other_court is not None and _SAID.fullmatch(m["verb"]):
            return Voice(Speaker.AUTHORITY, other_court)
    return None


def _party_voice(clause: str, parties: Sequence[str]) -> Voice | None:
    if m := _PARTY_SAYS.match(clause):
        if m["negated"] and not _CONCEDES.match(m["verb"]):
            return None
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if (m := _PARTY_ACTS.match(clause)) and m["own"] is None:
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if m := _PAPER_SAYS.match(clause):
        return Voice(Speaker.PARTY, clean_name(m["who"]))
    if (m := _PRONOUN_SAYS.match(clause)) and not m["negated"]:
        strong = re.fullmatch(CONTEND, m["verb"]) is not None
        if strong or (parties and m["who"].lower() != "it"):
            return Voice(Speaker.PARTY, resolve(m["who"], parties))
    return None


def _text_voice(clause: str) -> Voice | None:
    if (m := _TEXT_SAYS.match(clause)) and not m["negated"]:
        return Voice(Speaker.AUTHORITY, clean_name(m["who"]))
    if (m := _CASE_SAYS.match(clause)) and not _NOBODY.match(m["case"]):
        return Voice(Speaker.AUTHORITY, m["case"])
    return None


def _somebody_voice(clause: str) -> Voice | None:
    """The voice of a party called by its own name or trade ("Aereo", "the officers")."""
    if _NOBODY.match(clause) or _ANY_COURT.match(clause):
        return None
    for pattern in (_SOMEBODY_SAYS, _SOMEBODY_ACTS, _NAMED_SAYS):
        if m := pattern.match(clause):
            if m.groupdict().get("negated") and not _CONCEDES.match(m["verb"]):
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
            rf"{_COURT}{_QUALIFIED}{_INSERTED}\s(?:{_AUXILIARY})(?:{COURT_SAYS})\b", introduction
        )
    )
    if said:
        last = said[-1]
        name = _court_name(last["who"], introduction[last.end() :], introduction[: last.start()])
        return Voice(Speaker.AUTHORITY, name)
    if m := re.search(rf"\b(?:{COURT_SAYS})(?:\s\w+)?\sin\s{_CASE}", introduction):
        return Voice(Speaker.AUTHORITY, m["case"].rstrip(".,"))
    if names := find_case_names(introduction):
        return Voice(Speaker.AUTHORITY, names[-1].text)
    texts = list(re.finditer(_TEXT, introduction))
    if texts:
        return Voice(Speaker.AUTHORITY, clean_name(texts[-1]["who"]))
    return Voice(Speaker.AUTHORITY)


def resolve(pronoun: str, parties: Sequence[str]) -> str | None:
    """The latest of `parties` that a pronoun can stand for; None when there is none."""
    kind = pronoun.lower()
    for name in parties:
        plural = bool(re.search(r"(?:s|parties|amici|people)$", name)) and not name.istitle()
        impersonal = bool(_PERSONAL.search(name))
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
    name = re.sub(rf"^(?i:{_DETERMINER})\s", "", written.strip(" ,.;:"))
    name = re.sub(r"(?<=\w)[’']s?$", "", name)
    m = re.match(rf"(?:\w+\s)?(?P<role>(?i:{ROLES}))(?=\s[A-Z]|$)", name)
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
    if re.search(rf"\b(?i:{ROLES}|{PAPERS})\b", name):
        return Voice(Speaker.PARTY, name)
    if re.search(rf"\b(?:(?i:{COURTS}|{TEXTS})|{PROPER_COURTS})\b", name):
        return Voice(Speaker.AUTHORITY, name)
    named = re.fullmatch(_NAME, name) and not _NOBODY.match(name)
    return Voice(Speaker.PARTY, name) if named else None


def _court_name(who: str, after: str, lead: str) -> str:
    name = clean_name(who if " and " in who else re.sub(r"^.*\bthe\s", "", who))
    m = re.match(rf"(?:\s\w+)?,?\s(?:in|of)\s{_CASE}", after)
    if m and not re.match(
        r"[A-Z][a-z]+\s\d|(?:January|February|March|April|May|June|July)\b", m["case"]
    ):
        return f"{name} in {m['case'].rstrip('.,')}"
    case = _lead_case(lead)
    return f"{name} in {case}" if case else name


def _lead_case(lead: str) -> str | None:
    """The case of "In Roe v. Wade, 410 U.S. 113 (1973), the Court held"."""
    m = re.match(rf"[“\"]?(?:\w+,\s)?In\s{_CASE}(?=,\s)", lead)
    if m is None or re.match(r"(?:[A-Z][a-z]+\s)?\d|This|That|The|Re\b", m["case"]):
        return None
    return m["case"].rstrip(".,")
