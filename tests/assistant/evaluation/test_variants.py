import pytest
from evaluation_fakes import S1, S2, S3, S4, S5, SOURCE, small_opinion

from assistant.errors import EvaluationInputError
from assistant.evaluation.question_sets import Recipe
from assistant.evaluation.variants import build_variant, variant_source

REMOVED: dict[str, tuple[str, list[str], str]] = {
    "from the middle": ("A one. B two. C three.", ["B two."], "A one. C three."),
    "the first": ("A one. B two.", ["A one."], "B two."),
    "the last": ("A one. B two.", ["B two."], "A one."),
    "the first of a paragraph": ("A one.\nB two. C three.", ["B two."], "A one.\nC three."),
    "the last of a paragraph": ("A one. B two.\nC three.", ["B two."], "A one.\nC three."),
    "a whole paragraph": ("A one.\nB two.\nC three.", ["B two."], "A one.\nC three."),
    "a paragraph between blank lines": ("A one.\n\nB two.\n\nC.", ["B two."], "A one.\n\nC."),
    "wherever it occurs": ("A one. B two. A one.", ["A one."], "B two."),
    "several": ("A one. B two. C three.", ["A one.", "C three."], "B two."),
    "all": ("A one.", ["A one."], ""),
}


@pytest.mark.parametrize("case", REMOVED)
def test_what_is_left_reads_as_if_the_sentence_had_never_been(case: str) -> None:
    source, removed, left = REMOVED[case]

    assert variant_source(source, Recipe(remove=tuple(removed))) == left


def test_sentence_is_inserted_after_the_first_place() -> None:
    recipe = Recipe.model_validate({"insert": {"after": S3, "text": "It was new."}})

    assert variant_source(SOURCE, recipe) == SOURCE.replace(S3, f"{S3} It was new.")


def test_variant_is_read_as_an_opinion_of_its_own() -> None:
    opinion = small_opinion()

    variant = build_variant(opinion, Recipe(remove=(S2, S4)))

    texts = [variant.text(s) for s in variant.sentences]
    assert S1 in texts
    assert S5 in texts
    assert S2 not in variant.source
    assert variant.id.startswith("smith+")
    assert build_variant(opinion, Recipe(remove=(S2, S4))).id == variant.id


def test_sentence_that_does_not_occur_is_an_error() -> None:
    with pytest.raises(EvaluationInputError) as raised:
        variant_source(SOURCE, Recipe(remove=("Nobody sued.",)))

    assert str(raised.value) == "the sentence “Nobody sued.” does not occur in the opinion"
