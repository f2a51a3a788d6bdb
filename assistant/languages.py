"""Is a question in another language than the opinion's? Asked before anything is looked for,
because words of another language match nothing and the nearest passages would mislead.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH_AT_LEAST = 0.003
"""Below this probability of English the question is refused. On the 4,740 questions about court
opinions in the training data (typos, names and broken English among them) the lowest is
0.0065; two dozen questions in other languages lie between 1e-12 and 0.006."""

# English words of a closed class that are no words of its Latin-script neighbours: one of them is
# enough, and spares loading the identifier (about a second).
_ENGLISH = re.compile(
    r"\b(?:the|what|whats|what's|who|whom|whose|why|how|which|when|where|did|does|doesn't|didn't|and|with|that|"
    r"this|they|their|from|about|would|could|should|were|been|because|whether|any|anyone|tell|"
    r"explain|you|your)\b",
    re.IGNORECASE,
)
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "es": "Spanish", "fa": "Persian", "fi": "Finnish",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def other_language(text: str) -> str | None:
    """The name of the language `text` is in when that is hardly English; None when it may be.

    Short texts and mere names are given the benefit of the doubt.
    """
    if _ENGLISH.search(text) or not any(c.isalpha() for c in text):
        return None
    ranked = _identifier().rank(text)
    # Latin is the law's own: "res ipsa loquitur" is a fair question of an English opinion.
    if dict(ranked)["en"] >= ENGLISH_AT_LEAST or ranked[0][0] == "la":
        return None
    likely = (_NAMES[code] for code, _ in ranked[:3] if code in _NAMES)
    return next(likely, "another language")


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here: it takes a second to unpack and most questions never need it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
