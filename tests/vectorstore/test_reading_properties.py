"""What holds for every text, however mangled: nothing is lost, nothing overlaps."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vectorstore.errors import OpinionFileError
from vectorstore.opinion import Block, BlockKind, Opinion
from vectorstore.reading import bundled_opinion, parse_opinion, read_opinion

SOURCE = bundled_opinion().source
LINES = SOURCE.split("\n")
PRINTED = sorted((Path(__file__).parent / "fixtures").glob("*.txt"))
SILENT = (BlockKind.HEADING, BlockKind.FURNITURE)
FRAGMENTS = [
    *("I.", "II. DISCUSSION", "A.", "1. Background", "BACKGROUND", "CONCLUSION", "FOOTNOTES"),
    *("PER CURIAM.", "KEARSE, Circuit Judge:", "STEVENS, J., dissenting.", "v.", "JOHN SMITH,"),
    *("*103", "*103word", "[*104]", "**12", "* * *", "[1]", "[fn2]", "word.1 The", "¹", "[*]", "1"),
    *("SO ORDERED.", "/s/ Jane Roe", "Chief Judge", "DATE: March 1, 2011", "We concur:", "1", "a"),
    *(
        "1. Title VII does not cover age",
        "A. Standard. It is proper where no fact is disputed at all.",
        ":",
    ),
    *("1. See id.", "[1] A note.", "FN1. Another.", ". Orphan note.", "- 3 -", "----", "\f", "§"),
    *("Plaintiff contends that", "(", ")", "“", "”", '"', "As the court explained in Roe v. Doe:"),
    *("See Roe v. Doe, 1 F.3d 2, 3 (2d Cir.1990) (it was so).", "Id. at 4.", "F. Supp. 2d", "He."),
    *("   indented text of a quotation that is fairly long", "\ttab", "\u2028", "\x1c", "\u00a0"),
]


def check(opinion: Opinion) -> None:
    """Every property that a read opinion has."""
    source = opinion.source
    for above, below in pairwise(opinion.blocks):
        assert above.end <= below.start
    covered = spans(opinion.blocks)
    assert all(c.isspace() or i in covered for i, c in enumerate(source))
    for block in opinion.blocks:
        check_block(opinion, block)
    for above, below in pairwise(opinion.sentences):
        assert above.end <= below.start
    for sentence in opinion.sentences:
        text = opinion.text(sentence)
        assert text == text.strip() != ""
    counted = [
        b.label for b in opinion.blocks if b.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTATION)
    ]
    assert counted == [str(n) for n in range(1, len(counted) + 1)]
    notes = [b.label for b in opinion.blocks if b.kind is BlockKind.FOOTNOTE]
    assert len(notes) == len(set(notes))
    assert all(label.startswith("n.") and len(label) > 2 for label in notes)
    for call in opinion.note_calls:
        assert call.note is None or opinion.blocks[call.note].kind is BlockKind.FOOTNOTE


def check_block(opinion: Opinion, block: Block) -> None:
    """A block's characters are in a sentence or in something that no sentence says."""
    index = opinion.blocks.index(block)
    sentences = [opinion.sentences[k] for k in block.sentences]
    assert opinion.text(block) == opinion.text(block).strip() != ""
    assert all(s.block == index and block.start <= s.start < s.end <= block.end for s in sentences)
    if block.kind in SILENT:
        assert not sentences
        return
    said = spans([*sentences, *opinion.star_pages, *opinion.note_calls, *opinion.marks])
    unsaid = [i for i in range(block.start, block.end) if i not in said]
    assert all(opinion.source[i].isspace() for i in unsaid)
    if block.heading is not None:
        assert opinion.blocks[block.heading].kind is BlockKind.HEADING
        assert block.heading < index
    if block.continues is not None:
        whole = opinion.blocks[block.continues]
        assert whole.kind is block.kind is BlockKind.PARAGRAPH
        assert whole.end <= block.start
    if block.introduced_by is not None:
        assert block.kind is BlockKind.QUOTATION
        assert opinion.sentences[block.introduced_by].end <= block.start


def spans(things: object) -> set[int]:
    return {i for thing in things for i in range(thing.start, thing.end)}  # type: ignore[attr-defined]


def test_bundled_opinion() -> None:
    check(bundled_opinion())


@pytest.mark.parametrize("path", PRINTED, ids=[p.stem for p in PRINTED])
def test_printed_opinion(path: Path) -> None:
    check(read_opinion(path))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), path=st.sampled_from(PRINTED), edits=st.integers(1, 12))
def test_printed_opinion_with_lines_moved_and_put_in(seed: int, path: Path, edits: int) -> None:
    chance = random.Random(seed)
    lines = path.read_text(encoding="utf-8").split("\n")
    for _ in range(edits):
        line = lines.pop(chance.randrange(len(lines)))
        lines.insert(chance.randrange(len(lines)), chance.choice([line, *FRAGMENTS, "\f", ""]))
    check(parse_opinion("\n".join(lines), id="x"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    cuts=st.integers(0, 12),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_lines_shuffled_and_deleted(seed: int, cuts: int, ending: str) -> None:
    chance = random.Random(seed)
    lines = LINES[:]
    chance.shuffle(lines)
    text = ending.join(lines[cuts:])
    if text.strip():
        check(parse_opinion(text, id="x"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), width=st.integers(30, 100), indent=st.integers(0, 6))
def test_lines_wrapped_and_fragments_put_in(seed: int, width: int, indent: int) -> None:
    chance = random.Random(seed)
    lines: list[str] = []
    for line in LINES:
        words, wrapped = line.split(), " " * indent
        for word in words:
            if len(wrapped) + len(word) > width:
                lines.append(wrapped)
                wrapped = ""
            wrapped += word + " "
        lines += [wrapped, ""]
        if chance.random() < 0.5:
            lines.append(chance.choice(FRAGMENTS))
    check(parse_opinion("\n".join(lines), id="x"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), edits=st.integers(1, 60))
def test_characters_deleted_and_put_in(seed: int, edits: int) -> None:
    chance = random.Random(seed)
    text = SOURCE
    for _ in range(edits):
        at, gone = chance.randrange(len(text)), chance.randrange(4)
        text = text[:at] + chance.choice([*FRAGMENTS, "", " ", "\n", "7", "."]) + text[at + gone :]
    check(parse_opinion("\ufeff" + text, id="x"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*FRAGMENTS, *LINES[3:9]]), max_size=25),
    st.sampled_from([" ", "\n", "\n\n", "", "\n\n  "]),
)
def test_fragments_in_any_order(parts: list[str], separator: str) -> None:
    text = separator.join(parts)
    if text.strip():
        check(parse_opinion(text, id="x"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all(text: str) -> None:
    if text.strip():
        check(parse_opinion(text, id="x"))
    else:
        with pytest.raises(OpinionFileError):
            parse_opinion(text, id="x")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6))
def test_no_sentence_ends_inside_an_authority(seed: int) -> None:
    chance = random.Random(seed)
    lines = LINES[:]
    chance.shuffle(lines)
    opinion = parse_opinion("\n".join(lines), id="x")
    for authority in opinion.authorities:
        inside = [s for s in opinion.sentences if authority.start < s.end < authority.end]
        assert not inside
