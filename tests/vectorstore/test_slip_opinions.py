"""Reading opinions as courts print them: page by page, with captions, notes and signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from vectorstore.opinion import BlockKind, Opinion
from vectorstore.reading import read_opinion
from vectorstore.reading.captions import caption_title
from vectorstore.reading.headings import is_clause_heading, run_in_heading_length

FIXTURES = Path(__file__).parent / "fixtures"


def read(name: str) -> Opinion:
    return read_opinion(FIXTURES / f"{name}.txt")


def of_kind(opinion: Opinion, kind: BlockKind) -> list[str]:
    return [" ".join(opinion.text(b).split()) for b in opinion.blocks if b.kind is kind]


TITLES = [
    ("slip_colon_caption", "MARY ROE v. TOWN OF MILLBROOK, et al."),
    ("slip_bracket_caption", "JOHN SMITH v. UNITED STATES OF AMERICA"),
    ("slip_state_appeal", "THE PEOPLE v. JOHN ROE"),
    ("paragraphs_with_dissents", "Roe v. Board of Education"),
    ("slip_numbered_lines", "JANE ROE v. CITY OF POMONA"),
]


@pytest.mark.parametrize(("name", "title"), TITLES)
def test_title_has_the_parties_only(name: str, title: str) -> None:
    assert read(name).title == title


def test_caption_without_versus_is_kept() -> None:
    assert caption_title("In re\n  JANE ROE,  Debtor.") == "In re JANE ROE, Debtor."


SIGNATURES = [
    (
        "slip_colon_caption",
        [
            "SO ORDERED.",
            "Dated at Hartford, Connecticut, March 1, 2011.",
            "/s/ ROYCE C. LAMBERTH Chief Judge",
        ],
    ),
    (
        "slip_bracket_caption",
        [
            "SO ORDERED.",
            "DATE: March 1, 2011",
            "ROYCE C. LAMBERTH",
            "Chief Judge United States District Court",
        ],
    ),
    ("slip_state_appeal", ["Smith, J.", "We concur:", "Jones, P.J.", "Brown, J."]),
    ("paragraphs_with_dissents", ["It is so ordered."]),
]


@pytest.mark.parametrize(("name", "signature"), SIGNATURES, ids=[s[0] for s in SIGNATURES])
def test_what_closes_an_opinion_is_no_numbered_paragraph(name: str, signature: list[str]) -> None:
    opinion = read(name)
    assert of_kind(opinion, BlockKind.SIGNATURE) == signature
    assert all(
        b.label == "h" and b.sentences for b in opinion.blocks if b.kind is BlockKind.SIGNATURE
    )


HEADINGS = [
    (
        "slip_colon_caption",
        ["A. Standard.", "1. Title VII does not cover age", "2. The age claim is timely"],
    ),
    (
        "slip_bracket_caption",
        [
            "I. INTRODUCTION",
            "II. DISCUSSION",
            "A. Standard.",
            "B. The statute of limitations bars the claim",
            "III. CONCLUSION",
        ],
    ),
    (
        "slip_state_appeal",
        [
            "BACKGROUND",
            "DISCUSSION",
            "I. The Statement Should Not Have Been Admitted",
            "A. The officers' questions were an interrogation",
            "DISPOSITION",
        ],
    ),
    ("paragraphs_with_dissents", ["I", "A", "B", "1", "2", "Notes"]),
]


@pytest.mark.parametrize(("name", "headings"), HEADINGS, ids=[h[0] for h in HEADINGS])
def test_headings(name: str, headings: list[str]) -> None:
    assert of_kind(read(name), BlockKind.HEADING) == headings


@pytest.mark.parametrize(
    ("name", "notes"), [("slip_colon_caption", ["1", "2"]), ("slip_state_appeal", ["1", "2"])]
)
def test_notes_at_the_foot_of_a_page_are_tied_to_their_calls(name: str, notes: list[str]) -> None:
    opinion = read(name)
    assert [b.label for b in opinion.blocks if b.kind is BlockKind.FOOTNOTE] == [
        f"n.{n}" for n in notes
    ]
    assert [opinion.blocks[c.note or 0].label for c in opinion.note_calls][:2] == [
        f"n.{n}" for n in notes
    ]


def test_paragraph_that_a_note_cuts_in_two_goes_on_in_the_same_voice() -> None:
    opinion = read("slip_colon_caption")
    (rest,) = [b for b in opinion.blocks if b.continues is not None]
    assert rest.continues is not None
    whole = opinion.blocks[rest.continues]
    assert (whole.label, rest.label) == ("1", "2")
    before, after = (opinion.sentences[k] for k in (whole.sentences[-1], rest.sentences[0]))
    assert opinion.text(after).startswith("decided to abolish")
    assert str(before.voice) == str(after.voice) == "party: plaintiff"


def test_quotation_of_several_paragraphs_is_named_by_the_case_that_it_is_from() -> None:
    opinion = read("slip_colon_caption")
    quoted = [b for b in opinion.blocks if b.kind is BlockKind.QUOTATION]
    voices = {str(opinion.sentences[k].voice) for b in quoted for k in b.sentences}
    assert (len(quoted), voices) == (2, {"authority: Ray"})


def test_questions_and_answers_are_quoted() -> None:
    quoted = of_kind(read("slip_bracket_caption"), BlockKind.QUOTATION)
    assert quoted == ["Q. When did you fall ill?", "A. In the spring of 2004."]


def test_line_numbers_in_the_margin_are_no_words_of_the_court() -> None:
    opinion = read("slip_numbered_lines")
    paragraphs = [b for b in opinion.blocks if b.kind is BlockKind.PARAGRAPH]
    assert [opinion.text(b)[:18] for b in paragraphs] == [
        "Plaintiff Jane Roe",
        "A city is liable o",
    ]
    assert of_kind(opinion, BlockKind.HEADING) == ["DISCUSSION"]
    inside = [m for m in opinion.marks if m.start < paragraphs[0].end]
    assert [opinion.text(m) for m in inside] == ["13", "14", "15"]
    assert len(paragraphs[1].sentences) == 5


RUN_IN = [
    ("A. Standard. Summary judgment is proper where no fact is disputed at all.", 12),
    ("1. Preservation of error. The State says that error was not preserved here.", 25),
    ("A. Yes. I saw him at the corner of the street on that evening, I think.", None),
    ("A. Mr. Jones testified that he saw the car at the corner on that evening.", None),
    ("1. Granted. The clerk shall enter judgment for the defendant on this claim.", None),
    ("1. The motion is granted. The clerk shall enter judgment for the defendant.", None),
]


@pytest.mark.parametrize(("text", "length"), RUN_IN)
def test_heading_that_runs_into_its_paragraph(text: str, length: int | None) -> None:
    assert run_in_heading_length(text) == length


CLAUSES = [
    ("1. Title VII does not cover age", True),
    ("1. The motion is denied.", False),
    ("1. the motion is denied", False),
    ("The motion is denied", False),
    ("1. Error. The State says that it was not preserved", False),
]


@pytest.mark.parametrize(("text", "heading"), CLAUSES)
def test_numbered_heading_worded_as_a_clause(text: str, heading: bool) -> None:
    assert is_clause_heading(text) is heading
