"""`opinion show`: the opinion as read, numbered as answers cite it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.answer import describe_paragraph
from assistant.cli.options import OpinionFile, settings_from
from assistant.errors import SettingsError
from vectorstore.opinion import Block, BlockKind, Opinion

if TYPE_CHECKING:
    from rich.console import Console

_MARGIN = 10  # columns for the paragraph's number


def show(
    paragraph: Annotated[
        str | None, typer.Argument(help="A paragraph's number: 7, or n.1 for a note.")
    ] = None,
    authorities: Annotated[
        bool, typer.Option("--authorities", help="List the authorities that the opinion cites.")
    ] = False,
    opinion: OpinionFile = None,
) -> None:
    """Print the opinion as read: numbered paragraphs, star pages, notes.

    Examples:
      opinion show

      opinion show 7

      opinion show --authorities
    """
    # Imported here: help answers without them.
    from rich.console import Console

    from assistant.settings import opinion_of

    read = opinion_of(settings_from(opinion=opinion))
    console = Console(highlight=False, markup=False, emoji=False)
    if authorities:
        _print_authorities(console, read)
        return
    blocks = read.blocks if paragraph is None else (_block(read, paragraph),)
    if paragraph is None and read.record is not None:
        console.print(f"{read.record.citation}\n", style="dim")
    for block in blocks:
        _print_block(console, read, block)


def _block(opinion: Opinion, asked: str) -> Block:
    label = asked.strip().lower().removeprefix("¶").removeprefix("para").strip(" .")
    labels = [b.label for b in opinion.blocks if b.label != "h"]
    for block in opinion.blocks:
        if block.label != "h" and block.label == label:
            return block
    numbers = [label for label in labels if label.isdigit()]
    notes = [label for label in labels if not label.isdigit()]
    there = f"1 to {numbers[-1]}" if numbers else "none"
    raise SettingsError(
        f"No paragraph {asked!r} in {opinion.title}: it has paragraphs {there}"
        + (f" and notes {', '.join(notes)}" if notes else "")
        + ". Name one of them, or leave the number out to see the whole opinion."
    )


def _print_block(console: Console, opinion: Opinion, block: Block) -> None:
    from rich.table import Table
    from rich.text import Text

    text = Text(" ".join(opinion.text(block).split()))
    number = Text()
    match block.kind:
        case BlockKind.TITLE | BlockKind.HEADING:
            text.stylize("bold")
        case BlockKind.FRONT_MATTER | BlockKind.BYLINE:
            text.stylize("italic")
        case BlockKind.QUOTATION:
            number = Text(describe_paragraph(block.label), style="cyan")
            text.stylize("italic")
        case BlockKind.PARAGRAPH | BlockKind.FOOTNOTE:
            number = Text(describe_paragraph(block.label), style="cyan")
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=_MARGIN, justify="right")
    row.add_column(ratio=1)
    row.add_row(number, text)
    console.print(row)
    console.print()


def _print_authorities(console: Console, opinion: Opinion) -> None:
    from rich.table import Table

    table = Table(
        "Authority", "Kind", "Court", "Year", "Pin cite", "Where", box=None, pad_edge=False
    )
    for authority in opinion.authorities:
        block = next(b for b in opinion.blocks if b.start <= authority.start < b.end)
        table.add_row(
            authority.name or " ".join(opinion.text(authority).split()),
            authority.kind,
            authority.court or "",
            str(authority.year or ""),
            authority.pin_cite or "",
            describe_paragraph(block.label),
        )
    console.print(table)
