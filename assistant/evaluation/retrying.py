"""Asking again when a chat model's server is busy or silent, and only then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

ATTEMPTS = 6
LONGEST_WAIT = 60.0
"""Seconds between two attempts, at most; the first waits are up to 1, 2, 4 … seconds, at random."""

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})

Result = TypeVar("Result")


def with_retries(
    call: Callable[[], Result],
    *,
    stopped: threading.Event,
    sleep: Callable[[float], None] | None = None,
) -> Result:
    """`call()`, tried again with growing waits while it fails for a passing reason.

    The last failure is raised as it is; setting `stopped` ends the waiting and the trying.
    `sleep` (seconds) replaces the waiting.
    """
    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        wait=wait_random_exponential(multiplier=1, max=LONGEST_WAIT),
        stop=stop_after_attempt(ATTEMPTS) | stop_when_event_set(stopped),
        sleep=sleep or sleep_using_event(stopped),
        reraise=True,
    )
    return retrying(call)


def is_passing(error: BaseException) -> bool:
    """Whether the failure may be gone in a minute: a rate limit, a time-out, a server that is
    overloaded. The provider's own exception is looked for down the chain of causes; SDKs name
    theirs alike and carry the HTTP status.
    """
    cause: BaseException | None = error
    while cause is not None:
        names = " ".join(c.__name__ for c in type(cause).__mro__)
        if "RateLimit" in names or "Timeout" in names:
            return getattr(cause, "code", None) != "insufficient_quota"
        if getattr(cause, "status_code", None) in _BUSY:
            return True
        cause = cause.__cause__
    return False
