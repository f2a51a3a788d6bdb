import numpy as np
import pytest

from vectorstore.lexical import Lexical, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("95 F.3d 1199, 1208-10", ["95", "f.3d", "1199", "1208", "10"]),
        ("42 U.S.C. § 1983", ["42", "u.s.c", "§", "1983"]),
        ("§§ 1331, 1343", ["§§", "1331", "1343"]),
        ("Dep’t of Soc. Servs.", ["dept", "of", "soc", "servs"]),
        ("the plaintiff's claim", ["the", "plaintiffs", "claim"]),
        ("Qu'est-ce que c'est?", ["quest", "ce", "que", "cest"]),
        ("...!?", []),
    ],
)
def test_legal_words_and_numbers_stay_whole(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == tokens


def test_a_text_with_the_rarer_word_scores_higher() -> None:
    lexical = Lexical(["the court held", "the court erred", "the clerk"])
    scores = lexical.scores("erred court")
    assert scores.argmax() == 1
    assert scores[0] > scores[2] == 0


@pytest.mark.parametrize("question", ["", "?!", "zebra", "\x00\x01", "§"])
def test_a_question_without_known_words_scores_nothing(question: str) -> None:
    np.testing.assert_array_equal(Lexical(["one", "two"]).scores(question), [0, 0])


def test_texts_without_words_can_be_indexed() -> None:
    np.testing.assert_array_equal(Lexical(["...", "—"]).scores("anything"), [0, 0])
