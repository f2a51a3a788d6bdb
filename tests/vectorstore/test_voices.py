"""Whose words a sentence gives."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion, parse_opinion
from vectorstore.reading.voices import voices_of

LABELLED = Path(__file__).parent / "fixtures" / "voices.tsv"


def voices(opinion: Opinion) -> list[str]:
    return [str(s.voice) for s in opinion.sentences if opinion.block_of(s).label != "h"]


def last_voice(text: str) -> str:
    """The voice of the last sentence of a paragraph."""
    opinion = parse_opinion(f"RULING\nSMITH, District Judge.\n{text}", id="x")
    return voices(opinion)[-1]


SENTENCES = [
    # -- a party, by the court's report
    ("party: plaintiff", "Plaintiff contends that the officers enabled him to avoid arrest."),
    ("party: defendants", "The defendants argue that the claim is without merit."),
    ("party: plaintiff", "Plaintiff Mary Poe acknowledges that she would have no case."),
    (
        "party: defendants",
        "The defendants have moved for summary judgment arguing that it is moot.",
    ),
    ("party: plaintiff", "Plaintiff Mary Poe seeks damages. She claims that he is responsible."),
    (
        "party: defendants",
        "The defendants moved. Relying on Roe, they also argue that it is barred.",
    ),
    ("party: plaintiff", "The theory of the plaintiff’s complaint is that the duty was breached."),
    ("party: State", "However, the State maintains that the search was lawful."),
    ("party: petitioner", "On appeal, petitioner urges us to overrule that decision."),
    (
        "party: petitioner",
        "Petitioner, relying on the same cases, urges us to reconsider the rule.",
    ),
    ("party: respondent", "According to respondent, the notice was never sent."),
    ("party: Government", "In the Government’s view, the statute is plain."),
    ("party: appellant", "Appellant’s argument, however, is that this case is governed by Roe."),
    ("party: petitioner", "It is petitioner’s contention that the waiver was void."),
    ("party", "It is argued that the act is void."),
    ("party: Aereo", "Aereo denies that it satisfies this definition."),
    ("party: officers", "The officers contend that they acted in good faith."),
    ("party: counsel for petitioner", "Counsel for petitioner suggests that the rule is new."),
    ("party: amici", "Amici assert that the decision would ruin them."),
    ("party: dissent", "The dissent argues that the rule is unworkable."),
    (
        "party: plaintiff",
        "Although the defendant disputes it, plaintiff insists that he was there.",
    ),
    ("party: parties", "The parties agree that the contract was signed in May."),
    ("party: defendant", "The defendant does not dispute that he was present."),
    ("party: defendant", "Without a warrant, the defendant argues, the search was void."),
    ("party: complaint", "The complaint alleges that the officers lied."),
    ("party: Officer Loftus", "Officer Loftus testified that the car was red."),
    # -- the court, although a party is spoken of
    ("court", "Plaintiff has withdrawn all the claims in her complaint."),
    ("court", "Plaintiff seeks damages against two police officers."),
    ("court", "We reject plaintiff’s argument that the rule is new."),
    ("court", "Because plaintiff argues only one point, we address no other."),
    ("court", "As the defendants argue, the claim is barred."),
    ("court", "Plaintiff argues that the rule is new, but we disagree."),
    ("court", "Defendants contend that it is moot, but this argument is without merit."),
    ("court", "Plaintiff’s argument is unpersuasive."),
    ("court", "Plaintiff does not contend that the search was unlawful."),
    ("court", "If plaintiff contends that he was hurt, he must prove it."),
    ("court", "The issue is whether the defendants may claim immunity."),
    ("court", "The defendants are entitled to qualified immunity."),
    ("court", "We hold that the defendants are immune."),
    ("court", "The court finds that the notice was sent."),
    ("court", "Failure by state officials to act is usually not actionable."),
    # -- another authority
    ("authority: district court", "The district court found that the notice was sent."),
    ("authority: jury", "The jury found that the car was stolen."),
    ("authority: Second Circuit", "The Second Circuit has held that the duty exists."),
    ("authority: Second Circuit in Roe", "The Second Circuit held in Roe that the duty exists."),
    ("authority: Supreme Court in Roe v. Doe", "In Roe v. Doe, the Supreme Court held that it is."),
    ("authority: Roe", "In Roe, the court struck down such a warrant."),
    (
        "authority: Court of Appeals",
        "The Court of Appeals reversed. The court held that it was void.",
    ),
    ("authority: Section 1983", "Section 1983 provides that every person shall be liable."),
    ("authority: Justice Black", "Justice Black explained that the clause is plain."),
    ("authority: First Circuit", "The rule is uneven, the First Circuit noted."),
    (
        "authority: Roe v. Doe",
        "See Roe v. Doe, 1 F.3d 2 (2d Cir. 1990) (officer left the man alone).",
    ),
    (
        "authority: Roe v. Doe and others",
        "See Roe v. Doe, 1 F.3d 2 (2d Cir. 1990) (officer left the man alone); "
        "Poe v. Coe, 3 F.3d 4 (3d Cir. 1991) (officer drove him home).",
    ),
    # -- the court, although an authority is spoken of
    ("court", "The Second Circuit did not rule on the issue until later."),
    ("court", "The district court granted the motion."),
    ("court", "Soto v. Flores, 103 F.3d 1056, 1065 (1st Cir.1997)."),
    ("court", "See Pinder v. Johnson, 54 F.3d 1169 (4th Cir.1995) (en banc)."),
    ("court", "See Kneipp, 95 F.3d at 1205-11."),
    ("court", "Most circuits now allow the claim."),
    ("court", "He called the rule “the rule of the road,” and we agree."),
]


@pytest.mark.parametrize(("voice", "text"), SENTENCES, ids=[t[:60] for _, t in SENTENCES])
def test_voice_of_a_sentence(voice: str, text: str) -> None:
    assert last_voice(text) == voice


def test_bundled_contentions_and_quotations_have_their_voices() -> None:
    opinion = bundled_opinion()
    spoken = [
        (opinion.block_of(s).label, str(s.voice))
        for s in opinion.sentences
        if str(s.voice) != "court"
    ]
    assert spoken == [
        ("2", "party: plaintiff"),
        ("3", "party: plaintiff"),
        ("3", "party: plaintiff"),
        ("3", "party: plaintiff"),
        ("4", "party: defendants"),
        ("4", "party: defendants"),
        ("5", "authority: Kneipp v. Tedder and others"),
        ("6", "party: defendants"),
        *[("8", "authority: First Circuit in Soto")] * 6,
    ]


def test_quotation_over_several_sentences_has_one_voice() -> None:
    opinion = parse_opinion(
        "RULING\nIn Roe v. Doe, the Supreme Court said: “The rule is old. It is sound. It binds "
        "us.” We agree.",
        id="x",
    )
    assert voices(opinion) == [*["authority: Supreme Court in Roe v. Doe"] * 3, "court"]


def test_quoted_sentence_has_the_voice_of_the_authority_cited_after_it() -> None:
    opinion = parse_opinion(
        "RULING\n“The rule is old and sound.” Roe v. Doe, 1 F.3d 2, 3 (2d Cir. 1990). We agree.",
        id="x",
    )
    assert voices(opinion) == ["authority: Roe v. Doe", "court", "court"]


def test_quotation_that_is_never_closed_ends_with_its_sentence() -> None:
    opinion = parse_opinion(
        "RULING\nThe Second Circuit held that “the rule is old. We disagree with it. We affirm.",
        id="x",
    )
    assert voices(opinion) == ["authority: Second Circuit", "court", "court"]


def test_dissent_has_the_voice_of_its_judge() -> None:
    opinion = parse_opinion(
        "ROE v. DOE\nSMITH, J.\nThe judgment is affirmed in all its parts.\n"
        "JONES, J., dissenting.\nThe judgment should be reversed in all its parts.",
        id="x",
    )
    assert voices(opinion) == ["court", "authority: JONES, J., dissenting"]


def test_late_byline_is_a_separate_opinion_s_unless_it_speaks_for_the_court() -> None:
    body = "The judgment of the district court is affirmed in all its parts, with costs.\n"
    late = parse_opinion(f"ROE v. DOE\nSMITH, J.\n{body}MR. JUSTICE JONES.\n{body}", id="x")
    assert voices(late) == ["court", "authority: MR. JUSTICE JONES"]
    again = parse_opinion(
        f"ROE v. DOE\nSMITH, J.\n{body}JUSTICE SMITH delivered the opinion of the Court.\n{body}",
        id="x",
    )
    assert voices(again) == ["court", "court"]


def test_hand_labelled_sentences_are_told_apart() -> None:
    rows = [line.split("\t") for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for _, group in groupby(rows, key=lambda row: row[0]):
        part = list(group)
        told = voices_of([text for _, _, text in part])
        wrong += [
            (speaker, str(voice), text)
            for (_, speaker, text), voice in zip(part, told, strict=True)
            if voice.speaker != speaker
        ]
    assert len(rows) == 65
    # Labelled before the rules were first tried on them; 9 were wrong then.
    assert len(wrong) <= 4, wrong
