"""The thumbs under an answer, and the reason one may give, as HTML."""

from __future__ import annotations

from ui.markup import escape
from ui.verdicts import LONGEST_REASON, THUMBS, Thumb, Verdict

_LABELS: dict[Thumb, str] = {"up": "Good answer", "down": "Bad answer"}
_NOTED: dict[Thumb, str] = {
    "up": "Noted as a good answer, in a file on this machine.",
    "down": "Noted as a bad answer, in a file on this machine.",
}
# A hand with its thumb up on a 24-unit square; the other way up it is a thumb down.
_HAND = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">'
    '<path d="M3.5 10.5h3.5v9H3.5zM7 10.7l4-7.2c1.5 0 2.4 1.1 2.2 2.5l-.5 3.5h5.6c1.3 0 2.1 1.1 '
    '1.8 2.3l-1.6 6.2c-.3.9-1 1.5-2 1.5H7z" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-linejoin="round"/></svg>'
)


def thumbs_html(place: int, verdict: Verdict | None) -> str:
    """The two buttons for the exchange at `place`, the given one pressed."""
    buttons = "".join(
        f'<button type="button" class="thumb {thumb}" data-thumb="{thumb}" '
        f'aria-pressed="{str(verdict is not None and verdict.thumb == thumb).lower()}" '
        f'aria-label="{_LABELS[thumb]}" title="{_LABELS[thumb]}">{_HAND}</button>'
        for thumb in THUMBS
    )
    return (
        f'<span class="thumbs" role="group" aria-label="Was this answer good?" '
        f'data-place="{place}">{buttons}</span>'
    )


def reason_html(place: int, verdict: Verdict) -> str:
    """What became of the press, and the field for a reason."""
    if verdict.problem is not None:
        return f'<p class="error" role="alert">Not noted. {escape(verdict.problem)}</p>'
    told = _NOTED[verdict.thumb] + (" Your reason is kept with it." if verdict.reason else "")
    name = f"reason-{place}"
    return (
        f'<div class="reason" data-place="{place}" data-thumb="{verdict.thumb}">'
        f'<p class="noted" role="status">{told}</p>'
        f'<label for="{name}">Why? (optional)</label>'
        f'<span class="reason-row"><input id="{name}" class="reason-text" type="text" '
        f'maxlength="{LONGEST_REASON}" autocomplete="off" value="{escape(verdict.reason)}">'
        '<button type="button" class="quiet save-reason">Save the reason</button></span></div>'
    )
