"""What an answer is: text, citations into the opinion, and how sure the assistant is.

`to_prediction` gives the prediction format that `opinion ask --json` prints and `opinion eval`
writes; other programs rely on it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Our pointer to a passage: `quote` is exactly `source[start:end]`.

    `paragraph` is the number a reader sees ("7", "n.1", "h"); `voice` says whose words they are
    ("court", "party: plaintiff", "authority: First Circuit in Soto"); `pinpoint` is the printed
    page ("952 F. Supp. at 103") where the record gives one.
    """

    marker: int
    paragraph: str
    quote: str
    start: int
    end: int
    voice: str
    pinpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedPassage:
    """A passage as the retriever and the reader ranked it."""

    paragraph: str
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question.

    `citations` are in order of first mention in `text`, `related` (only when `answered` is false)
    are the nearest passages, shown as such; `retrieved` is best first. `confidence` is the
    probability (0 to 1) that the opinion answers the question. `seconds` leaves out model loading.
    `unknown_markers` are markers a chat model wrote that name no passage. `notice` is a line the
    person must see with the answer (None: nothing to say).
    """

    question: str
    standalone: str
    answered: bool
    text: str
    citations: tuple[Citation, ...]
    related: tuple[Citation, ...]
    retrieved: tuple[RetrievedPassage, ...]
    confidence: float
    seconds: float
    answerer: str
    unknown_markers: tuple[str, ...] = ()
    notice: str | None = None
    usage: dict[str, int] | None = None  # tokens and calls of a chat model

    def to_prediction(self, id: str | None = None) -> dict[str, Any]:
        """The answer in the prediction format; `id` is left out when None (as in `ask`)."""
        prediction: dict[str, Any] = {} if id is None else {"id": id}
        return prediction | {
            "question": self.question,
            "answered": self.answered,
            "answer": self.text,
            "citations": [asdict(c) for c in self.citations],
            "related": [asdict(c) for c in self.related],
            "retrieved": [asdict(r) for r in self.retrieved],
            "confidence": self.confidence,
            "seconds": self.seconds,
            "answerer": self.answerer,
        }


# The byline of a separate opinion, not a dissent that the court speaks of.
_SEPARATE = re.compile(r"^(?!the )[^,]+, .*\b(?:dissent|concurr)ing\b(?!.*\bin\b)", re.IGNORECASE)


def describe_voice(voice: str) -> str:
    """Whose words a quotation gives, as shown to people.

    >>> describe_voice("court")
    'the court'
    >>> describe_voice("party: plaintiff")
    'plaintiff, as the court reports it'
    >>> describe_voice("authority: First Circuit in Soto")
    'First Circuit in Soto, as the court gives it'
    >>> describe_voice("authority: BAKER, J., dissenting")  # a byline: a part of the opinion
    'BAKER, J., dissenting'
    """
    speaker, _, name = voice.partition(": ")
    if speaker == "party":
        return f"{name or 'a party'}, as the court reports it"
    if speaker == "authority" and _SEPARATE.search(name):
        return name
    if speaker == "authority":
        return f"{name or 'another authority'}, as the court gives it"
    return "the court"


def describe_paragraph(label: str) -> str:
    """A paragraph's label as shown to people.

    >>> [describe_paragraph(label) for label in ("7", "n.1", "h")]
    ['¶ 7', 'note 1', 'heading']
    """
    if label == "h":
        return "heading"
    return f"note {label[2:]}" if label.startswith("n.") else f"¶ {label}"
