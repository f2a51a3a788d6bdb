"""Star pages, case names, and mended copies with the way back."""

from __future__ import annotations

import re

import pytest

from vectorstore.reading.case_names import find_case_names
from vectorstore.reading.mending import blank_out, joined
from vectorstore.reading.star_pages import find_star_pages

STARS = [
    ("alone", "by *103 abandoning", [103]),
    ("glued", "by *103abandoning", [103]),
    ("glued after", "added.*263", [263]),
    ("bracketed", "by [*103] abandoning", [103]),
    ("parallel reporters", "by *103 and **12 so", [103]),
    ("doubled only", "by **12 so **13", [12, 13]),
    ("row of asterisks", "* * * and ***", []),
    ("footnote", "Smith* and [*] so", []),
    ("product", "2*3 is six", []),
    ("another opinion's", "2003 WL 21, at *3 and 2003 WL 21, at *3-4", []),
]


@pytest.mark.parametrize(("name", "text", "pages"), STARS, ids=[s[0] for s in STARS])
def test_star_pages(name: str, text: str, pages: list[int]) -> None:
    assert [s.page for s in find_star_pages(text)[0]] == pages


def test_pages_of_a_parallel_reporter_are_marks() -> None:
    text = "by *103 and **12 so"
    assert [text[m.start : m.end] for m in find_star_pages(text)[1]] == ["**12"]


NAMES = [
    ("See Kneipp v. Tedder, 95 F.3d 1199.", ["Kneipp v. Tedder"]),
    ("In Roe v. Wade, the Court", ["Roe v. Wade"]),
    ("In re Gault, 387 U.S. 1", ["In re Gault"]),
    ("Smith & Co. v. Acme, Inc., 1 F.2d 3", ["Smith & Co. v. Acme, Inc."]),
    ("Dwares v. City of New York, 985 F.2d", ["Dwares v. City of New York"]),
    ("But see State ex rel. Poe v. Coe, 1 N.W. 2", ["State ex rel. Poe v. Coe"]),
    ("Roe v. Doe, 1 F.2d 3; Coe v. Poe, 4 F.2d 5", ["Roe v. Doe", "Coe v. Poe"]),
    ("He sued the city.", []),
]


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_case_names(text: str, names: list[str]) -> None:
    assert [n.text for n in find_case_names(text)] == names


def test_mended_copy_leads_back_to_the_source() -> None:
    source = "by *103aban-\n  doning Cir.1995"
    mended = blank_out(source, 0, len(source), [(3, 7)])
    assert mended.text == "by aban- doning Cir.1995"
    spaced = mended.replaced(re.compile(r"(?<=\.)(?=\d)"), " ")
    assert spaced.text == "by aban- doning Cir. 1995"
    start = spaced.text.index("doning")
    assert source[slice(*spaced.source_span(start, len(spaced.text)))] == "doning Cir.1995"


def test_joined_parts_keep_their_offsets() -> None:
    source = "one\n\ntwo"
    both = joined([blank_out(source, 0, 3, []), blank_out(source, 5, 8, [])], "\n")
    assert both.text == "one\ntwo"
    assert both.source_span(4, 7) == (5, 8)
