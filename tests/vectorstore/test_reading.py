"""Reading an opinion file into blocks, sentences and marks."""

from __future__ import annotations

from vectorstore.opinion import BlockKind
from vectorstore.reading import bundled_opinion


def test_bundled_opinion_has_ten_numbered_paragraphs_and_one_note() -> None:
    opinion = bundled_opinion()
    beginnings = {
        b.label: opinion.text(b)[:25]
        for b in opinion.blocks
        if b.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTATION, BlockKind.FOOTNOTE)
    }
    assert beginnings == {
        "1": "This case presents an iss",
        "2": "Plaintiff Laurie Cook see",
        "3": "The theory of the plainti",
        "4": "The defendants have moved",
        "5": "Failure by state official",
        "6": "The defendants argue that",
        "7": "A police officer is entit",
        "8": "The history of the state-",
        "9": "Because the contours of t",
        "10": "Accordingly, the defendan",
        "n.1": ". Plaintiff has withdrawn",
    }
