import pytest
from langchain_core.runnables import RunnableSequence

from assistant.answer import Answer, Turn
from assistant.chain import OpinionAssistant
from assistant.chat_models import ChatModel
from assistant.errors import ChatModelError, QuestionError
from assistant.reader.retrieval import RetrievalReader
from fakes import OverlapEmbeddings, OverlapRetriever, scripted
from prompts import declining_sentence
from vectorstore.opinion import Opinion
from vectorstore.reading import parse_opinion

SOURCE = """Adams, Circuit Judge.
I. Facts
The bank lent the farmer ten thousand dollars in March. Plaintiff contends that it was a gift.
II. Discussion
A gift needs intent. The bank had no intent to give. We reverse the judgment of the district court.
"""


class SureReader(RetrievalReader):
    """Sure of an answer when the best sentence shares half of the question's words."""

    threshold = 0.5

    def read(self, question, opinion, passages):  # type: ignore[no-untyped-def]
        import dataclasses

        reading = super().read(question, opinion, passages)
        best = reading.ranked[0].score if reading.ranked else 0.0
        return dataclasses.replace(reading, confidence=best, quotations=2)


@pytest.fixture
def opinion() -> Opinion:
    return parse_opinion(SOURCE, id="loan")


def assistant_for(opinion: Opinion, chat: ChatModel | None = None) -> OpinionAssistant:
    return OpinionAssistant(
        opinion=opinion,
        retriever=OverlapRetriever(opinion=opinion),
        reader=SureReader(),
        encoder=OverlapEmbeddings(),
        chat=chat,
    )


def test_is_a_sequence_of_runnables(opinion: Opinion) -> None:
    assert isinstance(assistant_for(opinion)._chain, RunnableSequence)


def test_answers_with_exact_quotations_best_first(opinion: Opinion) -> None:
    answer = assistant_for(opinion).ask("The bank lent the farmer how many dollars?")

    assert answer.answered
    assert answer.citations[0].quote == "The bank lent the farmer ten thousand dollars in March."
    assert [c.marker for c in answer.citations] == [1, 2]
    assert all(SOURCE[c.start : c.end] == c.quote for c in answer.citations)
    assert answer.text.startswith(
        "“The bank lent the farmer ten thousand dollars in March.” [1] (¶ 1, the court)"
    )
    assert answer.answerer == "extractive"
    assert answer.retrieved[0].text == answer.citations[0].quote


def test_says_whose_words_they_are(opinion: Opinion) -> None:
    answer = assistant_for(opinion).ask("plaintiff contends it was a gift")

    assert answer.citations[0].quote == "Plaintiff contends that it was a gift."
    assert answer.citations[0].voice == "party: plaintiff"


def test_declines_with_the_nearest_passages_as_such(opinion: Opinion) -> None:
    answer = assistant_for(opinion).ask(
        "Which jury foreman signed the verdict of the bank in Ohio?"
    )

    assert not answer.answered
    assert answer.text == declining_sentence()
    assert answer.citations == ()
    assert 1 <= len(answer.related) <= 3


def test_declines_when_nothing_is_retrieved(opinion: Opinion) -> None:
    answer = assistant_for(opinion).ask("Zebra xylophone?")

    assert (answer.answered, answer.text, answer.related, answer.confidence) == (
        False,
        declining_sentence(),
        (),
        0.0,
    )


def test_streams_pieces_then_the_answer(opinion: Opinion) -> None:
    *pieces, answer = assistant_for(opinion).stream("The bank had no intent to give?")

    assert isinstance(answer, Answer)
    assert "".join(p for p in pieces if isinstance(p, str)) == answer.text


def test_follow_up_is_asked_with_its_subject(opinion: Opinion) -> None:
    history = [
        Turn(role="user", content="What did the bank lend the farmer?"),
        Turn(role="assistant", content="“Ten thousand dollars.” [1]"),
    ]

    answer = assistant_for(opinion).ask("And when?", history)

    assert answer.question == "And when?"
    assert answer.standalone == "And when? (bank lend farmer)"
    assert answer.retrieved[0].paragraph == "1"


def test_question_that_is_none_is_refused_before_anything_is_looked_for(opinion: Opinion) -> None:
    with pytest.raises(QuestionError, match="The question is empty"):
        assistant_for(opinion).ask("  ")


def test_prediction_has_the_fields_of_the_format(opinion: Opinion) -> None:
    prediction = assistant_for(opinion).ask("The bank had no intent to give?").to_prediction("q1")

    assert list(prediction) == [
        "id", "question", "answered", "answer", "citations", "related", "retrieved",
        "confidence", "seconds", "answerer",
    ]  # fmt: skip
    assert list(prediction["citations"][0]) == [
        "marker", "paragraph", "quote", "start", "end", "voice", "pinpoint",
    ]  # fmt: skip
    assert list(prediction["retrieved"][0]) == ["paragraph", "start", "end", "text", "score"]


def test_chat_model_sees_numbered_passages_and_cites_them(opinion: Opinion) -> None:
    chat, model = scripted("The bank lent it [1]. It meant no gift [9].")
    assistant = assistant_for(opinion, chat)

    *pieces, answer = assistant.stream("What did the bank lend?")

    assert isinstance(answer, Answer)
    system = model.asked[0][0].text
    assert "[1] (¶ 1; the court) The bank lent the farmer ten thousand dollars in March." in system
    assert declining_sentence() in system
    assert answer.text == "The bank lent it [1]. It meant no gift [9: no such passage]."
    assert "".join(p for p in pieces if isinstance(p, str)) == answer.text
    assert [c.marker for c in answer.citations] == [1]
    assert answer.unknown_markers == ("9",)
    assert answer.notice == (
        "Do not rely on this answer as it stands: 1 sentence of it cites nothing; 1 marker names "
        "no passage."
    )


def test_chat_model_that_declines_gets_the_nearest_passages(opinion: Opinion) -> None:
    chat, _ = scripted(declining_sentence())

    answer = assistant_for(opinion, chat).ask("Who founded the bank?")

    assert not answer.answered
    assert answer.text == declining_sentence()
    assert answer.related


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        (f"{declining_sentence()} It speaks of a loan only.", False),
        (f"“{declining_sentence()}”", False),
        (f"{declining_sentence().rstrip('.')} directly, but the bank lent it [1].", True),
    ],
)
def test_chat_model_declines_only_where_it_says_nothing_else(
    opinion: Opinion, reply: str, answered: bool
) -> None:
    chat, _ = scripted(reply)

    answer = assistant_for(opinion, chat).ask("Who founded the bank?")

    assert answer.answered is answered
    assert answer.text == (reply if answered else declining_sentence())


@pytest.mark.parametrize(
    ("reply", "fault"),
    [("", "failed: No generation chunks were returned."), ("* *", "gave an empty answer.")],
)
def test_empty_reply_is_an_error_and_says_nothing_of_the_opinion(
    opinion: Opinion, reply: str, fault: str
) -> None:
    chat, _ = scripted(reply)

    with pytest.raises(ChatModelError) as e:
        assistant_for(opinion, chat).ask("What did the bank lend?")

    assert f"{fault} Ask again, or leave --model out" in str(e.value)


def test_chat_model_is_not_called_when_nothing_is_retrieved(opinion: Opinion) -> None:
    chat, model = scripted()

    answer = assistant_for(opinion, chat).ask("Zebra xylophone?")

    assert not answer.answered
    assert model.asked == []


def test_chat_model_rewrites_a_follow_up_first(opinion: Opinion) -> None:
    chat, model = scripted("When did the bank lend the farmer money?", "In March [1].")
    history = [
        Turn(role="user", content="What did the bank lend?"),
        Turn(role="assistant", content="Ten thousand dollars [1]."),
    ]

    answer = assistant_for(opinion, chat).ask("And when?", history)

    assert answer.standalone == "When did the bank lend the farmer money?"
    assert "Last question: And when?" in model.asked[0][0].text
    assert model.asked[1][-1].text == "When did the bank lend the farmer money?"
