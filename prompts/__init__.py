"""The prompts, as text files that a person can open; this module only loads them."""

from importlib.resources import files


def load(name: str) -> str:
    """The text of `prompts/<name>.txt` without its last line break.

    Raises FileNotFoundError for a name that is not there.
    """
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def declining_sentence() -> str:
    """The one sentence that says the opinion does not answer; prompt, code and tests use it."""
    return load("declining")
