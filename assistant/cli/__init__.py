"""The command line: `opinion ask`, `chat`, `show`, `index`, `eval`.

Importing a command costs little; what is heavy is imported when a command runs, so that
`opinion --help` is instant.
"""

from __future__ import annotations

import os
import sys

import typer

from assistant.cli import ask, chat, evaluate, index, show
from assistant.errors import AssistantError
from assistant.privacy import keep_local
from vectorstore.errors import VectorstoreError

app = typer.Typer(
    name="opinion",
    help="Ask questions of a court opinion and check every answer against its text.",
    epilog='Start with: opinion ask "Who won, and why?"   or, in a browser: opinion chat',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="ask")(ask.ask)
app.command(name="chat")(chat.chat)
app.command(name="show")(show.show)
app.command(name="index")(index.index)
app.command(name="eval")(evaluate.evaluate)


def main() -> None:
    """Run the command line; our errors become one line on stderr and exit code 2."""
    keep_local(os.environ)
    try:
        app(prog_name="opinion")
    except (AssistantError, VectorstoreError) as e:
        print(f"opinion: {e}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
