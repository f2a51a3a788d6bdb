import pytest

from assistant.answer import describe_voice
from vectorstore.reading import parse_opinion

SPLIT = """Bank v. Smith, 500 U.S. 100 (1991)

JUSTICE ADAMS delivered the opinion of the Court.

The bank lent the money in May of that year, and it was never repaid by anyone.

JUSTICE BAKER, with whom JUSTICE COOK joins, dissenting.

The money was a gift, and the bank knew that when it gave the money to him.
"""


def test_a_dissent_speaks_for_itself() -> None:
    opinion = parse_opinion(SPLIT, id="bank")
    voices = {opinion.text(s)[:13]: describe_voice(str(s.voice)) for s in opinion.sentences}

    assert voices["The bank lent"] == "the court"
    assert voices["The money was"] == "JUSTICE BAKER, with whom JUSTICE COOK joins, dissenting"


@pytest.mark.parametrize(
    "name", ["the dissent in Soto", "Brennan, J., dissenting in DeWitt", "Justice Holmes"]
)
def test_what_the_court_reports_of_a_dissent_is_given_by_the_court(name: str) -> None:
    assert describe_voice(f"authority: {name}") == f"{name}, as the court gives it"
