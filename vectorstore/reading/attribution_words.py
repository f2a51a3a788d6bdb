"""Who speaks in an opinion and with which verbs: the word lists behind `attribution`.

Each list becomes one alternation of a regular expression. Verbs are given in their base form and
inflected here.
"""

from __future__ import annotations

_IRREGULAR = {
    "deny": "den(?:y|ies|ied|ying)",
    "find": "f(?:ind|inds|ound|inding)",
    "hold": "h(?:old|olds|eld|olding)",
    "read": "reads?",
    "say": "sa(?:y|ys|id|ying)",
    "tell": "t(?:ell|ells|old|elling)",
    "think": "th(?:ink|inks|ought|inking)",
    "write": "wr(?:ite|ites|ote|iting)",
}
_DOUBLED = ("admit", "submit", "infer", "aver")


def inflected(verbs: str) -> str:
    """An alternation of all forms of the verbs in a space-separated list.

    >>> inflected("argue deny")
    'argu(?:e|es|ed|ing)|den(?:y|ies|ied|ying)'
    """
    return "|".join(_forms(verb) for verb in verbs.split())


def words(text: str) -> str:
    """An alternation of the phrases in a text that parts them by "/"."""
    return "|".join(" ".join(p.split()).replace(" ", r"\s") for p in text.split("/"))


def _forms(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb[:-1]}(?:e|es|ed|ing)"
    if verb.endswith("y"):
        return f"{verb[:-1]}(?:y|ies|ied|ying)"
    double = verb[-1] if verb in _DOUBLED else ""
    return f"{verb}(?:s|{double}ed|{double}ing)?"


# Parties as an opinion calls them by their role, and those who speak for them.
ROLES = words(
    r"""plaintiffs?/defendants?/petitioners?/respondents?/appellants?/appellees?/claimants?/
    complainants?/relators?/movants?/intervenors?/debtors?/taxpayers?/applicants?/prisoners?/
    prosecution/prosecutors?/defense/counsel for (?:the )?\w+/counsel/amicus/amici/dissent/
    dissenters?/parties/both sides/
    government/state/people/commonwealth/commissioner/secretary/attorney general/
    solicitor general/trustee/licensees?/licensors?/insurers?/employers?"""
)
# Papers in which parties speak.
PAPERS = words(
    """complaint/amended complaint/indictment/petition/brief/opening brief/reply brief/answer/
    information/bill/affidavit/declaration/counterclaim"""
)
# Courts, and others with authority, as common nouns.
COURTS = words(
    """district courts?/trial courts?/lower courts?/circuit courts?/superior court/appellate court/
    bankruptcy court/tax court/supreme court/state courts?/federal courts?/county court/
    family court/motion court/reviewing court/sentencing court/courts? of appeals?/court below/
    courts below/trial judge/district judge/trial justice/magistrate judge/magistrate/
    special master/hearing officer/administrative law judge/alj/arbitrators?/referee/jury/
    grand jury/panel/district court judge/trial court judge/divided panel/jurors/
    three-judge court/legislature/framers/plurality"""
)
_PLACE = r"(?:[A-Z][\w.’']+\s|of\s){0,5}"
# The same as proper names: "Second Circuit", "Supreme Court of Connecticut", "Justice Black".
PROPER_COURTS = (
    rf"{_PLACE}(?:Circuit|Court|Division|Commission|Board|Panel)"
    r"(?:\sof\s(?:Appeals?|Claims|[A-Z]\w+(?:\s[A-Z]\w+)?))?(?:\sfor\sthe\s(?:[A-Z]\w+\s?){1,4})?"
    r"|(?:Chief\s)?(?:Judge|Justice|Chancellor|JUSTICE|Magistrate)(?:\s[A-Z][\w.’']+){1,2}|Congress"
    r"|(?:the\s)?Restatement(?:\s\([^)]{3,20}\))?"
)
# Texts that lay something down.
TEXTS = words(
    """section/rule/article/title/paragraph/subsection/amendment/clause/statute/act/regulation/
    ordinance/provision/constitution/agreement/contract/policy/lease/treaty/code/guideline/
    guidelines/note/comment/definition/preamble/subdivision"""
)
# Places that stand as a case's name might ("In Ohio, the court").
STATES = words(
    """Alabama/Alaska/Arizona/Arkansas/California/Colorado/Connecticut/Delaware/Florida/Georgia/
    Hawaii/Idaho/Illinois/Indiana/Iowa/Kansas/Kentucky/Louisiana/Maine/Maryland/Massachusetts/
    Michigan/Minnesota/Mississippi/Missouri/Montana/Nebraska/Nevada/New Hampshire/New Jersey/
    New Mexico/New York/North Carolina/North Dakota/Ohio/Oklahoma/Oregon/Pennsylvania/
    Rhode Island/South Carolina/South Dakota/Tennessee/Texas/Utah/Vermont/Virginia/Washington/
    West Virginia/Wisconsin/Wyoming/Puerto Rico/England"""
)
# With these verbs, whoever the subject is wants something of the court ...
CONTEND = inflected(
    "argue contend assert allege insist aver urge posit complain concede theorize retort"
)
# ... and with these too, where "that" follows.
CONTEND_THAT = inflected("maintain submit counter charge object claim suggest testify protest")
# These report a contention where a party is the subject.
PARTY_SAYS = (
    inflected(
        "claim acknowledge admit dispute contest respond reply believe say state explain emphasize"
        " stress propose fear doubt stipulate rejoin suggest object testify protest answer charge"
        " maintain counter resist"
    )
    + r"|den(?:y|ies|ied)(?=\s(?:that|the\sallegation|any|all|these|those|having|liability))"
    + r"|(?:note|observe|agree|predict|warn|request|demand)(?:s|d|ed)?(?=\sthat)"
    + r"|points?\s(?:to|out)|pointed\s(?:to|out)|cite[sd]?(?=\s)"
    + r"|rel(?:y|ies|ied)\s(?:\w+\s)?(?:up)?on|asks?(?=\s(?:us|this|the\s[Cc]ourt|that))"
    + r"|invites?\sus|would\shave\sus|seeks?\sto\s(?:distinguish|characterize|avoid|justify)"
    + r"|attempts?\sto\s(?:distinguish|characterize)|t(?:akes?|ook)\sthe\s(?:position|view)"
    + r"|offers?\s(?:\w+\s){1,3}(?:arguments?|reasons?|theor(?:y|ies))"
)
# ... and these where it is somebody called by name.
NAMED_SAYS = (
    inflected("acknowledge admit dispute respond reply believe testify stipulate")
    + r"|den(?:y|ies|ied)(?=\s(?:that|any|all|having|liability))"
    + r"|points?\sto|t(?:akes?|ook)\sthe\s(?:position|view)|agree[sd]?\sthat"
)
COURT_SAYS = inflected(
    "hold find conclude reason explain state say note observe determine recognize reject agree"
    " disagree opine write emphasize caution declare acknowledge remark suggest believe instruct"
    " assume construe interpret describe announce articulate credit deem view think warn stress"
    " characterize infer reaffirm reiterate teach rule examine"
)
TEXT_SAYS = (
    r"(?:provide[sd]?|specif(?:y|ies)|prescribes?|mandates?|directs?|instructs?|advises?)"
    r"(?=\s(?:that|in|as|,|:|[“\"])|[,:])|state[sd]?|declares?|says?|defines?"
    r"|reads?(?=\s(?:in|as|,|:|[“\"])|[,:])|(?:prohibits?|authorizes?|requires?|permits?)(?=\s[“\"])"
)
# The nouns for what a party says.
CLAIMS = words(
    """arguments?/contentions?/claims?/theory/position/view/assertions?/submission/allegations?/
    complaint/premise/response/reply/defense/point/suggestion/objection"""
)
GIST = words("theory/gist/thrust/crux/essence/gravamen/basis/heart/substance/core/burden/tenor")
