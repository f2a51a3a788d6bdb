"""What can go wrong between a question and its answer.

Every message says what was sought, where, and what to do. The command line and the page show it
as one line; anything that is neither one of these classes nor of `vectorstore.errors` is a bug.
"""


class AssistantError(Exception):
    """The base of this package's errors."""


class QuestionError(AssistantError):
    """The question cannot be taken as it stands (empty, too long, no words)."""


class ChatModelError(AssistantError):
    """The chat model named is not there, does not answer, or broke off."""


class QuotationError(AssistantError):
    """A quotation differs from the source at its offsets: never shown, always an error."""


class SettingsError(AssistantError):
    """A setting has a value that cannot be used."""


class EvaluationInputError(AssistantError):
    """A question set, a file of predictions or stored feedback cannot be used as it stands."""


class ReaderError(AssistantError):
    """The trained reader's files are missing, altered or cannot be loaded."""
