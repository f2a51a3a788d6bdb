"""The sentence patterns behind `attribution`: subjects, verbs and clauses as regular expressions.

Patterns are matched at the beginning of a clause (`match`) unless their comment says otherwise.
Strings are parts to build patterns of; their groups name who speaks (`who`), or the case (`case`).
"""

from __future__ import annotations

import re

from vectorstore.reading import attribution_words as words

NAME = r"[ie]?[A-Z][\w.’'&\-]*(?:\s(?:of\s|the\s|&\s)?[A-Z][\w.’'&\-]*){0,4}"
DETERMINER = r"(?:the|a|an|this|that|his|her|its|their|both|all|each|some|many|several|other)"
_POSSESSIVE = rf"(?:(?i:{words.ROLES})(?:[’']s?)?|{NAME}[’']s?|(?i:his|her|its|their))"

_QUALITY = (  # a word before a noun
    r"(?:(?!(?:if|by|of|in|on|to|for|from|with|that|as|and|or|is|are|was|not)\b)[\w’'-]+\s)"
)
# "state officials" are no State.
_ROLE = (
    rf"(?P<role>(?!state\b|people\b|government\b)(?i:{words.ROLES})|(?<=the\s)(?:state|government)"
    r"(?!\s(?:law|court|action|actor|official|agenc|employee|tort|power|interest|statut)))"
)
_PARTY = (
    rf"(?P<who>(?:(?i:{DETERMINER})\s)?{_QUALITY}{{0,2}}?{_ROLE}"
    rf"(?:[-/]\w+)?(?:\s{NAME})?(?P<own>[’']s?(?:\s[\w-]+){{1,2}})?)(?![\w’'])"
)
_PAPER = rf"(?P<who>(?:{_POSSESSIVE}\s|(?i:the|this)\s)?(?i:{words.PAPERS}))"
_PROPER = rf"(?!(?:The|An?|In|All|Some)\s){NAME}"
_SOMEBODY = (
    rf"(?P<who>(?i:the|both|these|those|two|other)\s(?:[\w’'-]+\s){{0,2}}?[\w’'-]+|{_PROPER})"
)
PRONOUN = r"(?P<who>(?i:he|she|they|it))"
COURT = (
    rf"(?P<who>(?:(?i:the|a|an|each)\s)?(?:(?:[\w’'-]+\s){{0,2}}?(?i:{words.COURTS})|{words.PROPER_COURTS})"
    rf"(?:\sand\s(?:the\s)?(?:(?i:{words.COURTS})|{words.PROPER_COURTS}))?)"
)
CASE = r"(?P<case>[A-Z][\w.’'&\-]*(?:\s(?:v\.\s)?(?:of\s|the\s|&\s)?[A-Z][\w.’'&\-]*){0,8})"
TEXT = (
    rf"(?P<who>(?:(?i:the|this|that)\s)?(?:[\w.’'§-]+\s){{0,3}}?"
    rf"(?:(?i:{words.TEXTS})|§+|[A-Z]{{2,}}(?=\s\d))(?:\s(?:\d[\w.()\-]*|[IVX]+|[A-Z])(?!\w))?"
    r"(?:\sof\sthe\s(?:[A-Z][\w.]*\s?){1,4}(?=\s))?)"
)

_ADVERB = (
    r"(?:(?:more\s|most\s)?\w+ly|long|also|further|first|next|then|now|again|even|instead|still|"
    r"thus)"
)
AUXILIARY = (
    rf"(?:(?:{_ADVERB},?|has|have|had|do|does|did|would|could|may|might|can|seems?\sto|"
    r"appears?\sto|attempts?\sto|tries\sto|goes\son\sto|went\son\sto|continues?\sto|is|are|was|were|"
    r"in\s\w+|as\swell)\s){0,4}"
)
# What may stand between subject and verb: "Counsel for petitioner", "The plaintiffs in this case";
# "Petitioner, relying on the same contentions, urges".
QUALIFIED = r"(?:\s(?:below|here|(?:in|for|of|on|from|who)(?:\s[^\s,.;:]+){1,6}?(?<!\sto)))?"
INSERTED = r"(?:,\s[^.;:]{1,200}?,)?"


def _clause(subject: str, verb: str) -> re.Pattern[str]:
    return re.compile(
        rf"{subject}{QUALIFIED}{INSERTED}\s(?P<aux>{AUXILIARY})(?P<negated>not\s)?"
        rf"(?:{_ADVERB}\s)?(?P<verb>{verb})(?!\w)"
    )


PARTY_SAYS = _clause(_PARTY, rf"{words.CONTEND}|{words.CONTEND_THAT}|{words.PARTY_SAYS}")
PAPER_SAYS = _clause(
    _PAPER, rf"{words.CONTEND}|(?:{words.CONTEND_THAT}|state[sd]?)(?=\s(?:that|[“\"]))"
)
SOMEBODY_SAYS = _clause(
    _SOMEBODY,
    rf"{words.CONTEND}|(?:{words.CONTEND_THAT})(?=\sthat)|testif(?:y|ies|ied)|claim(?:s|ed)?(?=\s(?:that|to|he|she|it|they|the|a|an)\b)",
)
NAMED_SAYS = _clause(rf"(?P<who>{_PROPER})", words.NAMED_SAYS)
PRONOUN_SAYS = _clause(
    PRONOUN, rf"{words.CONTEND}|(?:{words.CONTEND_THAT})(?=[\s,])|{words.PARTY_SAYS}"
)
COURT_SAYS = _clause(COURT, words.COURT_SAYS)
CASE_SAYS = re.compile(
    rf"(?:the\s(?:Court|court)\sin\s)?{CASE}(?:\s[Cc]ourt)?\s(?:also\s|itself\s)?"
    r"(?P<verb>held|holds|teaches|explained|established|reasoned|recognized|stands\sfor)\b"
)
THE_COURT = re.compile(
    rf"(?:[Tt]he\s(?:[Cc]ourt|panel|judge)|[Ii]t)(?:,\s[^,]{{1,60}},)?\s(?P<aux>{AUXILIARY})(?P<verb>\w+)\b"
)
SAID = re.compile(
    r"held|found|concluded|reasoned|explained|stated|said|noted|observed|determined|recognized|ruled|"
    r"rejected|agreed|believed|wrote|emphasized|declared|hold|thought|assumed|credited|interpreted"
)
# "The rule, plaintiff argues, is void."; "The rule is void, the Second Circuit held."
PARTY_INSERTED = re.compile(
    rf",\s(?P<who>(?:the\s)?(?i:{words.ROLES})|{_PROPER}|(?:he|she|they))\s(?:argue|contend|assert|"
    r"maintain|claim|insist|allege|submit)(?:s|ed|d)?[,.]"
)
_LAST = (
    r"\s(?:reasoned|said|explained|concluded|held|noted|observed|stated|added)(?:,[^,.]{1,60})?\.?$"
)
COURT_LAST = re.compile(rf",[”\"]?\s{COURT}{_LAST}")
THE_COURT_LAST = re.compile(rf",[”\"]?\sthe\s[Cc]ourt{_LAST}|,\saccording\sto\sthe\s[Cc]ourt[,.]")
SUBJECT = re.compile(_PARTY)
DEPENDENT = re.compile(
    r"(?:that|which|who|whom|whose|where|when|and|or|as|if|because|since|although|while|unless)\b"
)
APPEARANCE = re.compile(
    r"\bargue[ds]?\s(?:the\scause|for\s(?:the\s)?(?:appell|petit|respond|plain|defend))"
)
ANY_COURT = re.compile(rf"{COURT}(?!\w)")
OTHER_COURT = re.compile(rf"{COURT}(?:\sof\s[^,.;]{{0,60}}?)?(?:,\s[^,]{{1,60}},)?\s[a-z]+")
NEGATED = re.compile(r"\bnot\b")
WRITES_FOR_COURT = re.compile(r"\s(?:the|an?)\s(?:opinion|judgment)|\sfor\s")
TEXT_SAYS = _clause(TEXT, words.TEXT_SAYS)
PARTY_ACTS = re.compile(
    rf"{_PARTY}{QUALIFIED}{INSERTED}\s(?:{AUXILIARY})(?P<verb>[a-z]+)\b[^;]*?,?\s(?:arguing|"
    r"contending|claiming|asserting|alleging|maintaining|insisting|urging|charging|on\sthe\s"
    r"(?:grounds?|theory|basis)\sthat)\b"
)
SOMEBODY_ACTS = re.compile(
    rf"{_SOMEBODY}\s(?:{AUXILIARY})(?:sued|filed|brought|moved|appealed|appeals|moves|sues|"
    r"petitioned|objected|responded|answered|commenced|sought|seeks|counterclaimed|raised|"
    r"cross-moved|cross-appealed|opposed|opposes)\b[^;]*?,?\s(?:arguing|"
    r"contending|claiming|asserting|alleging|maintaining|on\sthe\s(?:grounds?|theory)\sthat)\b"
)
CLAIM_IS = re.compile(
    rf"(?:(?:(?i:the|a)\s)?(?:\w+\s)?(?P<who>{_POSSESSIVE})\s(?:[\w-]+\s){{0,3}}?(?:{words.CLAIMS})|"
    rf"[Tt]he\s(?:{words.GIST}|{words.CLAIMS})\sof\s(?:(?i:{DETERMINER})\s)?(?P<whose>{_POSSESSIVE})(?:\s[\w’'-]+)"
    r"{0,3}?|[Tt]he\s(?:argument|contention|theory|claim|suggestion))(?:,\s[^,]{1,40},)?\s"
    r"(?:[^,.;]{0,60}?\s)?"
    r"(?:(?:is|was|are|were|seems?\sto\sbe|appears?\sto\sbe|runs|goes)(?:,\s[^,]{1,60},|\s\w+ly)?\s"
    r"(?:that|as\sfollows|[^.;]{0,60}?,\s(?:i\.e\.|namely),?\sthat)|(?:rests?|is\sbased|is\spremised|hinges|depends)\s(?:\w+ly\s)?(?:up)?on)\b"
)
IT_IS_CLAIMED = re.compile(
    rf"[Ii]t\s(?:is|was)\s(?:\w+ly\s)?(?:(?:argued|contended|alleged|urged|asserted|claimed|"
    rf"insisted|suggested)\b|(?P<who>{_POSSESSIVE})\s(?:\w+\s)?(?:{words.CLAIMS})\sthat)"
)
ACCORDING = re.compile(
    rf"(?:\b[Aa]ccording\sto|^[“\"]?In\s(?=(?:the\s)?[\w’'.]+(?:\s[\w’'.]+){{0,2}}[’']s?\s(?:view|opinion|"
    rf"estimation)\b))\s?(?P<who>(?:(?i:{DETERMINER})\s)?(?:[\w’'.-]+\s?){{1,4}})"
)

# "In Ray, we held", "As explained in Ray, the court must": anywhere (`search`). A month or a place
# is no case.
IN_CASE = re.compile(
    rf"\b[Ii]n\s(?!(?:January|February|March|April|May|June|July|August|September|October|November|"
    rf"December|This|That|The|These|Those|{words.STATES})\b){CASE}"
    r",\s(?:[\w\s.()]{1,40},\s)?(?:we|this\s[Cc]ourt|the\s[Cc]ourt|it\swas)\s"
)

# What may open a sentence before its main clause, up to a comma.
OPENERS = frozenset(
    "in on at by for from with without under after before during upon to although while because "
    "since if when where though even despite notwithstanding given unlike like as of first second "
    "third fourth fifth last lastly finally next also further furthermore however moreover "
    "nevertheless nonetheless thus hence therefore accordingly here instead rather indeed still "
    "again alternatively conversely meanwhile yet and but or throughout through not thereafter "
    "later there nor so".split()
)
SUBORDINATORS = frozenset(
    "although while because since if when where though even as unless until whether once whereas "
    "insofar after before given".split()
)
CONJUNCTION = re.compile(r"(?:But|And|Nor|Yet|So|Or|Here|Thus|Now|Again|Also|First|Still)\s")
# Also a paragraph's number, which states with public-domain citations print ("¶ 12").
OPENING_MARKS = re.compile(r"(?:¶+\s?\d+\s|\[\d{1,3}\]\s)?[“\"‘(\[\s]*")
COURT_ANSWERS = re.compile(
    r"(?:[;,]|\s[-–—]+)\s?(?:but|yet|however|and|a)?,?\s?(?:[\w,]+\s){0,3}?(?:we|this\s[Cc]ourt|the\s"
    r"[Cc]ourt)\s(?:\w+\s)?(?:disagree|agree|reject|conclude|hold|find|cannot|do\snot|decline|are\s)"
    r"|[;,]\s(?:but|however,|yet)\s(?:th(?:is|at|e|ese)|such|his|her|its|their)\s(?:\w+\s)?"
    r"(?:argument|contention|claim|theory|position|reliance)"
)
NOBODY = re.compile(
    r"(?:We|I|This|That|These|Those|There|One|No|None|Nothing|Which|What|Who|It|He|She|They|If|Such|"
    r"The\s(?:court|Court|statute|record|evidence|patent|claims?|opinion|case|question|issue)|"
    r"(?:the\s)?(?:following|above|same|result))\b"
)
CONCEDES = re.compile(r"(?:dispute|den(?:y|ies)|contest|object|challenge|doubt)")
PERSONAL = re.compile(
    r"\b(?:[Gg]overnment|[Ss]tate|[Pp]eople|[Cc]ommonwealth|[Cc]ity|[Cc]ounty|Inc|Corp)"
)
