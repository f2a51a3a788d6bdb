"""What an opinion cites."""

from __future__ import annotations

import pytest

from vectorstore.opinion import Authority, Opinion
from vectorstore.reading import bundled_opinion, parse_opinion


def cited(text: str) -> list[tuple[str, Authority]]:
    opinion = parse_opinion(text, id="x")
    return [(opinion.text(a), a) for a in opinion.authorities]


def by_kind(opinion: Opinion, kind: str) -> list[Authority]:
    return [a for a in opinion.authorities if a.kind == kind]


def test_bundled_opinion_gives_all_sixteen_written_citations() -> None:
    opinion = bundled_opinion()
    kinds = [a.kind for a in opinion.authorities]
    assert {k: kinds.count(k) for k in kinds} == {
        "FullCase": 9,
        "ShortCase": 3,
        "FullLaw": 1,
        "Unknown": 3,
    }


def test_bundled_cases_have_name_court_year_and_pin() -> None:
    found = [(a.name, a.court, a.year, a.pin_cite) for a in by_kind(bundled_opinion(), "FullCase")]
    deshaney = ("DeShaney v. Winnebago Cty. Dep’t of Soc. Servs.", "scotus", 1989)
    assert found == [
        ("Pinder v. Johnson", "ca4", 1995, "1175-79"),
        (*deshaney, "195-97"),
        (*deshaney, "1002-04"),
        (*deshaney, None),
        ("Kneipp v. Tedder", "ca3", 1996, "1208-10"),
        ("Dwares v. City of New York", "ca2", 1993, "99"),
        ("Freeman v. Ferguson", "ca8", 1990, "54-55"),
        ("Soto v. Flores", "ca1", 1997, "1065"),
        ("Cannon v. Taylor", "ca11", 1986, "950"),
    ]


def test_bundled_parentheticals_are_read_over_the_star_page() -> None:
    said = [a.parenthetical for a in bundled_opinion().authorities if a.parenthetical]
    assert len(said) == 4
    assert said[0] == "en banc"
    assert "severe intoxication by abandoning her on roadway" in said[1]


def test_bundled_short_forms_have_name_and_pin() -> None:
    found = [(a.name, a.pin_cite) for a in by_kind(bundled_opinion(), "ShortCase")]
    assert found == [("Kneipp", "1205-11"), ("Kneipp", "1208-10"), ("Pinder", "1174-77")]


def test_bundled_bare_sections_are_found() -> None:
    opinion = bundled_opinion()
    assert [opinion.text(a) for a in by_kind(opinion, "Unknown")] == ["§ 1983"] * 3


def test_authority_is_the_whole_citation_with_name_and_parenthetical() -> None:
    text = "See Roe v. Doe, 1 F.3d 2, 3 (2d Cir.1990) (holding that (a) it is, and (b) was). Next."
    assert [t for t, _ in cited(text)] == [text[4:-7]]


COURTS = [
    ("(3d Cir. 1996)", "ca3"),
    ("(3rd Cir.1996)", "ca3"),
    ("(2d Cir.1996)", "ca2"),
    ("(2nd Cir. 1996)", "ca2"),
    ("(11th Cir. 1996)", "ca11"),
    ("(D.Conn.1996)", "ctd"),
    ("(S.D.N.Y.1996)", "nysd"),
    ("(D.C. Cir. 1996)", "cadc"),
]


@pytest.mark.parametrize(("paren", "court"), COURTS)
def test_court_and_year_are_read_as_courts_write_them(paren: str, court: str) -> None:
    ((_, authority),) = cited(f"See Roe v. Doe, 1 F.3d 2 {paren}.")
    assert (authority.court, authority.year) == (court, 1996)


def test_citation_does_not_borrow_from_the_next_one() -> None:
    found = cited(
        "So held Roe v. Wade, 410 U.S. 113, 93 S.Ct. 705 (1973), as we said (see Doe v. Bolton, "
        "410 U.S. 179 (1974)). See also Poe & Co. v. Acme, Inc., 2003 WL 21, at *3 (S.D.N.Y. "
        "Jan. 3, 2003) (so holding)."
    )
    assert [(a.name, a.court, a.year, a.parenthetical) for _, a in found] == [
        ("Roe v. Wade", "scotus", 1973, None),
        ("Roe v. Wade", "scotus", 1973, None),
        ("Doe v. Bolton", "scotus", 1974, None),
        ("Poe & Co. v. Acme, Inc.", "nysd", 2003, "so holding"),
    ]


def test_back_references_are_found() -> None:
    found = cited(
        "See Roe v. Doe, 1 F.3d 2 (2d Cir. 1990). Id. at 5. In Roe, 1 F.3d at 4, we said so. "
        "That was Roe, supra, at 6."
    )
    assert [(a.kind, t, a.name, a.pin_cite) for t, a in found[1:]] == [
        ("Id", "Id. at 5", None, "5"),
        ("ShortCase", "Roe, 1 F.3d at 4", "Roe", "4"),
        ("Supra", "Roe, supra, at 6", "Roe", "6"),
    ]


NOT_FOUND = [
    ("case by its name alone", "As the court said in Soto, it is."),
    ("constitution", "See U.S. Const. amend. XIV."),
    ("rule of procedure", "See Fed. R. Civ. P. 56(c)."),
    ("rule by number", "See Rule 12(b)(6)."),
    ("record", "See Compl. at 12."),
    ("restatement", "See Restatement (Second) of Torts 402A (1965)."),
]


@pytest.mark.parametrize(("name", "text"), NOT_FOUND, ids=[n for n, _ in NOT_FOUND])
def test_what_the_library_does_not_find(name: str, text: str) -> None:
    assert cited(text) == []


def test_second_of_two_sections_is_not_found() -> None:
    assert [t for t, _ in cited("See 28 U.S.C. §§ 1331, 1343.")] == ["28 U.S.C. §§ 1331"]


def test_opinion_without_citations_gives_none() -> None:
    assert cited("It is denied.") == []
