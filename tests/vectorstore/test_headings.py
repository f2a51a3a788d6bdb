"""Bylines and headings by their form."""

from __future__ import annotations

import pytest

from vectorstore.reading.headings import byline_length, is_heading, is_separate_byline

BYLINES = [
    "CHATIGNY, District Judge.",
    "Posner, Circuit Judge.",
    "KEARSE, Circuit Judge:",
    "CARDOZO, J.",
    "Cardozo, Ch. J.",
    "REHNQUIST, C.J.",
    "HOLMES, J.:",
    "J. BLAINE ANDERSON, Circuit Judge.",
    "MILAN D. SMITH, Jr., Circuit Judge:",
    "O’SCANNLAIN, Circuit Judge:",
    "SMITH, Senior District Judge.",
    "SMITH, United States District Judge.",
    "JONES, Chief Justice.",
    "JONES, Magistrate Judge.",
    "PER CURIAM.",
    "Per Curiam:",
    "Justice Brennan delivered the opinion of the Court.",
    "Chief Justice Rehnquist delivered the opinion of the Court.",
    "MR. JUSTICE BLACK delivered the opinion of the Court.",
    "Mr. Chief Justice Warren delivered the opinion of the Court.",
    "JUSTICE KENNEDY delivered the opinion of the Court, in which SCALIA, J., joined.",
    "Opinion by Judge Milan D. Smith, Jr.",
    "LONG, J., writing for a unanimous Court.",
    "Opinion of the Court by Justice Traynor.",
    "Justice STEVENS, dissenting.",
    "BREYER, J., with whom GINSBURG, J., joins, dissenting.",
]
NO_BYLINES = [
    "Before NEWMAN, KEARSE and LEVAL, Circuit Judges.",
    "Before: SMITH, Chief Judge, JONES and ROE, Circuit Judges.",
    "The district judge granted the motion.",
    "Judge Smith granted the motion to dismiss.",
    "He was sentenced by Judge Smith.",
    "This case presents an issue of immunity.",
    "WHITE and SCALIA, JJ.",
    "MERCURE, J.P., ROSE and LAHTINEN, JJ.",
    "",
]
HEADINGS = [
    "I.",
    "II",
    "A.",
    "1.",
    "1. Background",
    "II. Discussion",
    "II. DISCUSSION",
    "A. Standard of Review",
    "(b) The Second Claim",
    "IV. The District Court Erred in Denying the Motion",
    "BACKGROUND",
    "Background",
    "Discussion:",
    "Standard of Review",
    "Conclusion",
    "FACTS AND PROCEDURAL HISTORY",
    "Facts and Procedural History",
    "Amount and Substantiality of the Portion Used",
    "C. Stored Communications Act",
    "“Addressed to a Client”",
]
NO_HEADINGS = [
    "AFFIRMED.",
    "REVERSED AND REMANDED.",
    "SO ORDERED.",
    "It is so ordered.",
    "Reversed.",
    "We affirm.",
    "We review the dismissal of a complaint de novo.2",
    "The judgment of the Court of Appeals is",
    "the plaintiff had tried to withdraw",
    "1. See id.; the rule is older than that, and it has been followed by every court since.",
    "* * *",
    "",
]


@pytest.mark.parametrize("text", BYLINES)
def test_byline_is_recognised_whole(text: str) -> None:
    assert byline_length(text) == len(text)


@pytest.mark.parametrize("text", NO_BYLINES)
def test_what_is_no_byline(text: str) -> None:
    assert byline_length(text) is None


def test_byline_that_runs_into_the_text_is_cut_off() -> None:
    assert byline_length("CHATIGNY, District Judge.This case presents") == 25


def test_separate_opinions_are_told_apart() -> None:
    assert is_separate_byline("BREYER, J., dissenting.")
    assert is_separate_byline("SMITH, Circuit Judge, concurring in part:")
    assert not is_separate_byline("KEARSE, Circuit Judge:")


@pytest.mark.parametrize("text", HEADINGS)
def test_heading(text: str) -> None:
    assert is_heading(text)


@pytest.mark.parametrize("text", NO_HEADINGS)
def test_no_heading(text: str) -> None:
    assert not is_heading(text)
