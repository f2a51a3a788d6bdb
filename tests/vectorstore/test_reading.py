"""Reading an opinion file into blocks, sentences and marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from vectorstore.errors import OpinionFileError
from vectorstore.opinion import BlockKind, Opinion
from vectorstore.reading import MAX_BYTES, bundled_opinion, parse_opinion, read_opinion

COUNTED = (BlockKind.PARAGRAPH, BlockKind.QUOTATION, BlockKind.FOOTNOTE)


def labelled(opinion: Opinion) -> dict[str, str]:
    return {b.label: opinion.text(b) for b in opinion.blocks if b.kind in COUNTED}


def of_kind(opinion: Opinion, kind: BlockKind) -> list[str]:
    return [opinion.text(b) for b in opinion.blocks if b.kind is kind]


# -- the bundled opinion


def test_bundled_opinion_has_ten_numbered_paragraphs_and_one_note() -> None:
    assert {label: text[:26] for label, text in labelled(bundled_opinion()).items()} == {
        "1": "This case presents an issu",
        "2": "Plaintiff Laurie Cook seek",
        "3": "The theory of the plaintif",
        "4": "The defendants have moved ",
        "5": "Failure by state officials",
        "6": "The defendants argue that ",
        "7": "A police officer is entitl",
        "8": "The history of the state-c",
        "9": "Because the contours of th",
        "10": "Accordingly, the defendant",
        "n.1": ". Plaintiff has withdrawn ",
    }


def test_bundled_opinion_has_title_byline_and_headings() -> None:
    opinion = bundled_opinion()
    assert of_kind(opinion, BlockKind.TITLE) == [
        "RULING AND ORDER ON DEFENDANTS’ MOTION FOR SUMMARY JUDGMENT"
    ]
    assert of_kind(opinion, BlockKind.BYLINE) == ["CHATIGNY, District Judge."]
    assert of_kind(opinion, BlockKind.HEADING) == [
        "1. Background",
        "2. Discussion",
        "3. Conclusion",
    ]
    assert {opinion.heading_of(b) for b in opinion.blocks if b.label in ("5", "8", "9")} == {
        "2. Discussion"
    }


def test_bundled_block_quotation_belongs_to_the_sentence_that_introduces_it() -> None:
    opinion = bundled_opinion()
    (quotation,) = [b for b in opinion.blocks if b.kind is BlockKind.QUOTATION]
    assert quotation.introduced_by is not None
    assert (
        opinion.text(opinion.sentences[quotation.introduced_by])
        == "However, as the First Circuit explained in Soto:"
    )


def test_bundled_footnote_is_tied_to_its_bare_call_and_says_neither_number() -> None:
    opinion = bundled_opinion()
    (call,) = opinion.note_calls
    assert opinion.source[call.start - 9 : call.end] == "May 1991.1"
    assert call.note is not None
    note = opinion.blocks[call.note]
    assert note.label == "n.1"
    (sentence,) = [opinion.sentences[k] for k in note.sentences]
    assert opinion.text(sentence).startswith("Plaintiff has withdrawn")
    assert [opinion.text(m) for m in opinion.marks] == [". "]
    assert any(opinion.text(s).endswith("Alviani, in May 1991.") for s in opinion.sentences)


def test_bundled_star_page_stays_inside_its_sentence() -> None:
    opinion = bundled_opinion()
    (star,) = opinion.star_pages
    assert star.page == 103
    assert any(s.start < star.start and star.end < s.end for s in opinion.sentences)


def test_bundled_record_gives_title_and_pinpoint() -> None:
    opinion = bundled_opinion()
    assert opinion.title == "Cook v. City of Groton"
    last = opinion.blocks[-2]
    assert opinion.pinpoint(last) == "952 F. Supp. at 103"


# -- layouts

WRAPPED = """\
                    UNITED STATES COURT OF APPEALS
                         FOR THE SECOND CIRCUIT

                           Docket No. 95-1234

JOHN SMITH,

                                   Plaintiff-Appellant,

          v.

JANE DOE, individually and as Chief of Police,
TOWN OF SPRINGFIELD,

                                   Defendants-Appellees.

Before: NEWMAN, Chief Judge, KEARSE and LEVAL, Circuit Judges.

     Appeal from a judgment of the United States District Court for the
District of Connecticut (Smith, J.) dismissing the complaint.

KEARSE, Circuit Judge:

     Plaintiff John Smith appeals from a judgment of the United States
District Court for the District of Connecticut dismissing his complaint
for failure to state a claim.1 On appeal, he contends that the district
court erred.  For the reasons that follow, we affirm.

                             I. BACKGROUND

     The district court dismissed the complaint.  It relied on Graham v.
Connor, 490 U.S. 386, 396 (1989), which says that

          [t]he "reasonableness" of a particular use of force must
          be judged from the perspective of a reasonable officer on
          the scene, rather than with the 20/20 vision of hindsight.

Id. at 396.  The court found no excessive force, and it entered judgment
for the defendants on all counts of the complaint, including those which
                                    3

the plaintiff had tried to withdraw before the hearing.

                             II. DISCUSSION

A. Standard of Review

     We review the dismissal of a complaint de novo.2

                               CONCLUSION

     The judgment of the district court is affirmed.

--------------------

     1 Smith also sued the Mayor, but he has abandoned that claim.

     2 The parties agree on this point.  See Allen v. WestPoint-
Pepperell, Inc., 945 F.2d 40, 44 (2d Cir. 1991).
"""


def test_wrapped_lines_are_joined_into_paragraphs() -> None:
    opinion = parse_opinion(WRAPPED, id="x")
    texts = {label: " ".join(text.split()) for label, text in labelled(opinion).items()}
    assert {label: (text[:18], text[-18:]) for label, text in texts.items()} == {
        "1": ("Plaintiff John Smi", "follow, we affirm."),
        "2": ("The district court", "), which says that"),
        "3": ('[t]he "reasonablen', "sion of hindsight."),
        "4": ("Id. at 396. The co", "efore the hearing."),
        "5": ("We review the dism", "omplaint de novo.2"),
        "6": ("The judgment of th", "court is affirmed."),
        "n.1": ("1 Smith also sued ", "ndoned that claim."),
        "n.2": ("2 The parties agre", "44 (2d Cir. 1991)."),
    }


def test_wrapped_opinion_has_its_caption_as_title_and_its_parts_told_apart() -> None:
    opinion = parse_opinion(WRAPPED, id="x")
    assert opinion.title == (
        "JOHN SMITH v. JANE DOE, individually and as Chief of Police, TOWN OF SPRINGFIELD"
    )
    assert of_kind(opinion, BlockKind.BYLINE) == ["KEARSE, Circuit Judge:"]
    assert of_kind(opinion, BlockKind.HEADING) == [
        "I. BACKGROUND",
        "II. DISCUSSION",
        "A. Standard of Review",
        "CONCLUSION",
    ]
    assert of_kind(opinion, BlockKind.FURNITURE) == ["--------------------"]
    assert [b.label for b in opinion.blocks if b.kind is BlockKind.QUOTATION] == ["3"]
    assert [(c.number, opinion.blocks[c.note or 0].label) for c in opinion.note_calls] == [
        ("1", "n.1"),
        ("2", "n.2"),
    ]


def test_page_number_inside_a_paragraph_is_a_mark() -> None:
    opinion = parse_opinion(WRAPPED, id="x")
    assert "3" in [opinion.text(m) for m in opinion.marks]


def test_double_spaced_lines_with_filing_stamps() -> None:
    opinion = parse_opinion(
        """\
Case 3:94-cv-00435-RNC Document 55 Filed 02/06/97 Page 1 of 3

LAURIE COOK,                           :
     Plaintiff,                        :
                                       :
v.                                     :   Case No. 3:94-CV-435 (RNC)
                                       :
CITY OF GROTON, et al.,                :
     Defendants.                       :

                          RULING AND ORDER

     Plaintiff Laurie Cook brings this action under 42 U.S.C.

§ 1983 against the City of Groton and two of its officers. The

defendants have moved for summary judgment on all of her claims

and the motion is granted.

I.   Background

     In May 1991, plaintiff was attacked by her former boyfriend.

She contends that the officers made her more vulnerable to him by

disclosing a planned surveillance of the parking lot, and that
Case 3:94-cv-00435-RNC Document 55 Filed 02/06/97 Page 2 of 3



they knew it.

     So ordered.

                               /s/ Robert N. Chatigny
                               United States District Judge
""",
        id="x",
    )
    assert [t[-20:] for t in labelled(opinion).values()] == [
        "e motion is granted.",
        "f 3\n\n\n\nthey knew it.",
    ]
    assert [t[-20:] for t in of_kind(opinion, BlockKind.SIGNATURE)] == [
        "So ordered.",
        "tates District Judge",
    ]
    assert opinion.title == "LAURIE COOK v. CITY OF GROTON, et al."
    assert len(opinion.marks) == 1
    assert of_kind(opinion, BlockKind.HEADING) == ["I.   Background"]


SUPREME = """\
Roe v. Doe, 500 U.S. 1 (1991)

Syllabus

Petitioner was stopped for speeding. The Court of Appeals affirmed.

Held: The evidence was admissible. Pp. 3-9.

REHNQUIST, C.J., delivered the opinion, in which WHITE, J., joined. STEVENS, J., filed a dissent.

Jane Counsel argued the cause for petitioner. With her on the briefs was John Roe.

Chief Justice Rehnquist delivered the opinion of the Court.

The question is whether the evidence was admissible.[1] We hold that it was. *2 That is all.

I

On May 3, petitioner was stopped.[2] The officer testified as follows:

"I saw the car. It was going fast.

"I stopped it at once."

II

The judgment of the Court of Appeals is

Reversed.

JUSTICE STEVENS, dissenting.

The Court errs today.[1] I would affirm.

NOTES

[1] The statute is 18 U.S.C. § 2.

It was enacted in 1948.

[2] He was alone.

[1] See Terry, supra.
"""


def test_supreme_court_opinion_begins_at_its_byline_and_goes_on_to_the_dissent() -> None:
    opinion = parse_opinion(SUPREME, id="x")
    assert opinion.title == "Roe v. Doe, 500 U.S. 1 (1991)"
    assert of_kind(opinion, BlockKind.BYLINE) == [
        "Chief Justice Rehnquist delivered the opinion of the Court.",
        "JUSTICE STEVENS, dissenting.",
    ]
    assert of_kind(opinion, BlockKind.HEADING) == ["I", "II", "NOTES"]
    assert [b.label for b in opinion.blocks if b.kind is BlockKind.QUOTATION] == ["3", "4"]


def test_notes_that_count_anew_get_labels_of_their_own() -> None:
    opinion = parse_opinion(SUPREME, id="x")
    notes = {b.label: opinion.text(b) for b in opinion.blocks if b.kind is BlockKind.FOOTNOTE}
    assert notes == {
        "n.1": "[1] The statute is 18 U.S.C. § 2.\n\nIt was enacted in 1948.",
        "n.2": "[2] He was alone.",
        "n.1-2": "[1] See Terry, supra.",
    }
    assert [opinion.blocks[c.note or 0].label for c in opinion.note_calls] == [
        "n.1",
        "n.2",
        "n.1-2",
    ]


NO_NOTES = """\
RULING
SMITH, District Judge.
1. Background
The plaintiff was hired in 1990 and was dismissed in 1991 for want of work.
2. Orders
The court orders as follows:
1. The motion to dismiss is granted in part and denied in part.
2. The clerk shall close the file within thirty days of this order.
"""


def test_numbered_headings_and_orders_are_no_footnotes() -> None:
    opinion = parse_opinion(NO_NOTES, id="x")
    assert of_kind(opinion, BlockKind.FOOTNOTE) == []
    assert of_kind(opinion, BlockKind.HEADING) == ["1. Background", "2. Orders"]
    assert list(labelled(opinion)) == ["1", "2", "3", "4"]


# -- calls

CALLS = [
    ("word", "The statute1 applies to all.", ["1"]),
    ("full stop", "It applies.1 The rest follows.", ["1"]),
    ("quotation", "He called it “void.”1 The rest follows.", ["1"]),
    ("year", "It was in May 1991.1 The rest follows.", ["1"]),
    ("bracket", "It applies.[12] The rest follows.", ["12"]),
    ("named bracket", "It applies.[fn3] The rest follows.", ["3"]),
    ("superscript", "It applies.¹² The rest follows.", ["12"]),
    ("asterisk", "SMITH sat by designation.[*] He wrote.", ["*"]),
    ("counting up", "Some1 and more2 and then.3 The rest.", ["1", "2", "3"]),
    ("middle of a long opinion", "One.16 Then two.17 And three.18 Then.", ["16", "17", "18"]),
    ("year is none", "Decided in Cir.1995 and Ct.1996 too.", []),
    ("section is none", "It lies under § 1983. The rest.", []),
    ("number is none", "See No.1 and art.1 of it. The rest.", []),
    ("reporter is none", "See 95 F.3d 1199 and 12 U.S.2 too.", []),
    ("decimal is none", "He paid 1.1 million for it. The rest.", []),
    ("out of order is none", "The form1040 and the route66 and so.", []),
    ("statute's brackets are none", "See CPLR 3211[a][7] on this.", []),
]


@pytest.mark.parametrize(("name", "text", "numbers"), CALLS, ids=[c[0] for c in CALLS])
def test_note_calls(name: str, text: str, numbers: list[str]) -> None:
    assert [c.number for c in parse_opinion(text, id="x").note_calls] == numbers


# -- files


def test_reads_a_file_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "roe.txt"
    path.write_text("RULING\nIt is denied.\n")
    (tmp_path / "roe.record.json").write_text('{"title": "Roe v. Doe", "year": 1990}')
    opinion = read_opinion(path)
    assert (opinion.id, opinion.title) == ("roe", "Roe v. Doe")
    assert read_opinion(str(path), id="other").id == "other"


def test_source_is_kept_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "roe.txt"
    path.write_bytes("\ufeffRULING\r\n\r\nIt is denied.\tSo ordered.\r\n".encode())
    assert read_opinion(path).source == "RULING\r\n\r\nIt is denied.\tSo ordered.\r\n"


def test_reads_windows_1252(tmp_path: Path) -> None:
    path = tmp_path / "roe.txt"
    path.write_bytes("It’s denied under § 1983.".encode("cp1252"))
    assert read_opinion(path).source == "It’s denied under § 1983."


BAD_FILES = [
    ("empty", b"", "The opinion file {path} is empty. Give one that holds the text."),
    ("blank", b" \r\n\t\n", "The opinion file {path} is empty. Give one that holds the text."),
    (
        "binary",
        b"text\x00text",
        "The opinion file {path} is not plain text. Convert it to text first (.txt, UTF-8).",
    ),
    (
        "pdf",
        b"%PDF-1.7\n...",
        "The opinion file {path} is not plain text. Convert it to text first (.txt, UTF-8).",
    ),
    (
        "docx",
        b"PK\x03\x04...",
        "The opinion file {path} is not plain text. Convert it to text first (.txt, UTF-8).",
    ),
    (
        "undecodable",
        b"caf\x81 \xff",
        "The opinion file {path} is neither UTF-8 nor Windows-1252 text. "
        "Convert it to text first (.txt, UTF-8).",
    ),
    (
        "huge",
        b"a" * (MAX_BYTES + 1),
        "The opinion file {path} has 20 MB; an opinion has less than 20 MB. "
        "Give the text of one opinion.",
    ),
]


@pytest.mark.parametrize(("name", "data", "message"), BAD_FILES, ids=[b[0] for b in BAD_FILES])
def test_bad_file_gives_one_clear_line(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    path = tmp_path / "roe.txt"
    path.write_bytes(data)
    with pytest.raises(OpinionFileError) as error:
        read_opinion(path)
    assert str(error.value) == message.format(path=path)


def test_missing_file_and_folder_give_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OpinionFileError) as error:
        read_opinion(tmp_path / "none.txt")
    assert str(error.value) == f"No opinion file {tmp_path}/none.txt. Check its name and folder."
    with pytest.raises(OpinionFileError) as error:
        read_opinion(tmp_path)
    assert str(error.value) == f"{tmp_path} is a folder. Name the opinion's text file in it."


def test_name_that_no_file_can_have_gives_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OpinionFileError) as error:
        read_opinion(tmp_path / ("a" * 300))
    assert str(error.value).endswith("cannot be read: File name too long.")


def test_blank_text_gives_one_clear_line() -> None:
    with pytest.raises(OpinionFileError) as error:
        parse_opinion(" \n", id="roe")
    assert str(error.value) == "The opinion 'roe' is empty. Give one that holds the text."
