"""What can go wrong between an opinion file and the passages found in it.

Every message says what was sought, where, and what to do. The command line and the page show
it as one line; anything that is not one of these classes is a bug.
"""


class VectorstoreError(Exception):
    """The base of this package's errors."""


class OpinionFileError(VectorstoreError):
    """The opinion (or its record) cannot be read as text."""


class EmbeddingModelError(VectorstoreError):
    """The embedding model is missing, altered, or not a sentence-transformers model."""


class StoreError(VectorstoreError):
    """The Chroma store cannot be opened, written or trusted."""
