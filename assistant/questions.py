"""What a question must be before anything is looked for, and who it is about.

A follow-up ("And when was that?") is made a standalone question first: by the chat model when one
is in use, else by adding the subject of the previous turn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from assistant.answer import Turn
from assistant.errors import QuestionError
from assistant.languages import other_language

LONGEST_QUESTION = 2_000
"""Characters; the embedding model reads about the first 1,000."""

_POINTING_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|that|this|those|these|there|then|"
    r"one|ones|former|latter|both|either|neither|above)\b",
    re.IGNORECASE,
)
# These point back only where little else is said: "Any other reasons?"
_OF_MORE = re.compile(r"\b(?:same|such|so|else|others?|again|too|also)\b", re.IGNORECASE)
# "there" and "it" that stand for nothing, and "that" which opens a clause.
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|be|been) there\b|\bthere (?:is|are|was|were|be|been)\b|"
    r"\b(?:is|was) it (?:\w+ )?(?:true|correct|right|legal|illegal|lawful|possible|clear)\b|"
    r"\bthat(?= (?:the|an?|any|no|all|each|every|there|it|he|she|they|we|his|her|its|their|this|"
    r"these|those|§|(?-i:[A-Z])))",
    re.IGNORECASE,
)
_OPENS_AS_FOLLOW_UP = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|why(?: not)?\b\W*$|really|which one)\b",
    re.IGNORECASE,
)
# "this" as what lies before the reader, not what was said before.
_THE_OPINION = re.compile(
    r"\bth(?:is|e present) (?:whole )?(?:action|appeal|case|controversy|court|decision|dispute|"
    r"document|judge|judge?ment|lawsuit|litigation|matter|opinion|order|ruling|suit|text)\b|"
    r"(?:\b(?:wrote|writes?|written|authored?|decided?|decides|deciding|issued?|heard|signed?|"
    r"drafted|penned) this\b)|\bthis(?: all)? about\b",
    re.IGNORECASE,
)
_ASKS_FOR_A_KIND = re.compile(r"^(?:which|what|whose|when|where|why|how)\s+\S+$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_NAME = re.compile(
    r"\b[A-Z][\w’'.-]*(?:\s+(?:v\.|of|the|and|de|&|[A-Z][\w’'.-]*))*\s+[A-Z][\w’'-]*|\b[A-Z][\w’'-]+"
)
# Words that carry no subject of their own (a closed class: pronouns, articles, auxiliaries,
# prepositions, question words).
_FUNCTION_WORDS = frozenset(
    """
    a about above after again all also am an and any are as at be been before being both but by
    can could did do does doing done else few for from had has have he her here hers him his how
    i if in into is it its just may me might more most much my no nor not now of off on one only
    or other our out over own please same say says said she should so some such tell than that
    the their them then there these they this those to too under up us very was we were what
    when where which who whom whose why will with would you your
    """.split()
)


def checked_question(question: str) -> str:
    """The question in Unicode's composed form with its white space folded.

    Raises QuestionError, with one line that says what is wrong, when there is no question to look
    for: nothing typed, too long, no words, control characters, bytes that are no text, or another
    language than English.
    """
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} can be "
            "read. Ask one question in a few sentences."
        )
    control = [c for c in question if unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v"]
    if control:
        raise QuestionError(
            f"The question holds a control character (U+{ord(control[0]):04X}), which no text "
            "has. Type it again or paste it as plain text."
        )
    if any(unicodedata.category(c) == "Cs" for c in question):
        raise QuestionError(
            "The question holds bytes that are no UTF-8 text. Type it again, or set the terminal "
            "to UTF-8."
        )
    folded = " ".join(unicodedata.normalize("NFC", question).split())
    if not folded:
        raise QuestionError("The question is empty. Type what you want to know about the opinion.")
    if not any(c.isalnum() for c in folded):
        raise QuestionError(
            "The question has no words, only punctuation. Type what you want to know about the "
            "opinion."
        )
    language = other_language(folded)
    if language is not None:
        raise QuestionError(
            f"The question seems to be in {language}, and the opinion is in English, so nothing in "
            "it can be matched. Ask in English."
        )
    return folded


def is_follow_up(question: str) -> bool:
    """Whether the question needs the turn before it: it points back, or names no subject.

    A question whose "this" means the opinion ("What is this case about?") has its subject.
    """
    if _OPENS_AS_FOLLOW_UP.search(question):
        return True
    if _THE_OPINION.search(question) is None:
        words = content_words(question)
        if not words or _ASKS_FOR_A_KIND.search(question):  # "And?" "Which court?"
            return True
    rest = _EXPLETIVE.sub("", _THE_OPINION.sub("", question))
    words = content_words(rest)
    if len(words) <= 2 and _OF_MORE.search(rest):
        return True
    return len(words) <= 3 and _POINTING_BACK.search(rest) is not None


def content_words(text: str) -> tuple[str, ...]:
    """The words that are not of a closed class, as written, in order.

    >>> content_words("And when was the complaint filed?")
    ('complaint', 'filed')
    """
    return tuple(w for w in _WORD.findall(text) if w.lower() not in _FUNCTION_WORDS)


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the previous turn added, when it needs one.

    The subject is that of the last question, with the one before where that was a follow-up too,
    then the first name that the answer gave. An added subject stands in brackets after the words
    as typed, so that a reader sees what was assumed.
    """
    if not history or not is_follow_up(question):
        return question
    subject: tuple[str, ...] = ()
    for earlier in [t.content for t in reversed(history) if t.role == "user"][:2]:
        subject = content_words(earlier) + subject
        if not is_follow_up(earlier):
            break
    named = () if history[-1].role == "user" else _names(history[-1].content)
    known = {w.lower() for w in (*content_words(question), *subject)}
    added = [*subject, *(n for n in named if n.lower() not in known)]
    return f"{question} ({' '.join(added)})" if added else question


def _names(answer: str, most: int = 1) -> tuple[str, ...]:
    """The first names in an answer: capitalised runs that do not merely open a sentence."""
    found: list[str] = []
    for match in _NAME.finditer(answer):
        before = answer[: match.start()].rstrip()
        opens = not before or before[-1] in '.!?“":]'
        if opens and " " not in match.group():
            continue
        if match.group() not in found:
            found.append(match.group())
    return tuple(found[:most])
