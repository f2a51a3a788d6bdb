"""What can go wrong when the page is served.

Every message says what was sought, where, and what to do; the command line shows it as one line.
"""

from assistant.errors import AssistantError


class PageError(AssistantError):
    """The page cannot be served where it was asked for."""
