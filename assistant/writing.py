"""Answering with a chat model: it sees numbered passages, writes, and cites them by marker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

import prompts
from assistant.answer import Citation, Turn, describe_paragraph, describe_voice
from assistant.chat_models import ChatModel
from assistant.checking import cite
from assistant.errors import ChatModelError
from assistant.markers import MarkerReader
from assistant.quoting import Draft, declined
from assistant.reader import Reading
from vectorstore.opinion import Opinion
from vectorstore.passages import plain_text

SENTENCES_SHOWN = 12
"""Ranked sentences that the model sees, each with the sentence before and after it."""


def numbered_passages(opinion: Opinion, reading: Reading) -> tuple[Citation, ...]:
    """The best sentences and their neighbours in the same paragraph, in the order of the opinion,
    numbered from 1 (the marker).
    """
    chosen: set[int] = set()
    for ranked in reading.ranked[:SENTENCES_SHOWN]:
        block = opinion.block_of(opinion.sentences[ranked.sentence])
        near = range(ranked.sentence - 1, ranked.sentence + 2)
        chosen.update(i for i in near if i in block.sentences)
    return tuple(cite(opinion, opinion.sentences[i], n) for n, i in enumerate(sorted(chosen), 1))


def passage_lines(opinion: Opinion, passages: Sequence[Citation]) -> str:
    """The passages as the model sees them, one a line: number, paragraph, whose words, and the text
    without star pages and footnote calls (a call copied would read as a marker).
    """
    return "\n".join(
        f"[{p.marker}] ({describe_paragraph(p.paragraph)}; {describe_voice(p.voice)}) "
        f"{plain_text(opinion, p)}"
        for p in passages
    )


def write_answer(
    chat: ChatModel, opinion: Opinion, question: str, reading: Reading
) -> Iterator[str | Draft]:
    """The answer as it is written, markers made sure of, then the draft as a whole.

    Nothing retrieved: declines without calling the model. Raises ChatModelError.
    """
    passages = numbered_passages(opinion, reading)
    if not passages:
        draft = declined(opinion, reading)
        yield draft.text
        yield draft
        return
    prompt = ChatPromptTemplate.from_messages(
        [("system", prompts.load("answer")), ("human", "{question}")]
    )
    chain = prompt | chat.model | StrOutputParser()
    markers = MarkerReader(len(passages))
    pieces: list[str] = []
    with get_usage_metadata_callback() as usage, chat.translating():
        written = chain.stream(
            {
                "title": opinion.title,
                "declining": prompts.declining_sentence(),
                "passages": passage_lines(opinion, passages),
                "question": question,
            }
        )
        for piece in markers.read(written):
            pieces.append(piece)
            yield piece
    text = "".join(pieces).strip()
    if not any(c.isalnum() for c in text):
        raise ChatModelError(
            f"The chat model {chat.name!r} at {chat.where} gave an empty answer. Ask again, or "
            "leave --model out to answer by quotation."
        )
    counts = {"calls": 1}
    for used in usage.usage_metadata.values():
        counts["input_tokens"] = counts.get("input_tokens", 0) + used["input_tokens"]
        counts["output_tokens"] = counts.get("output_tokens", 0) + used["output_tokens"]
    if _declines(text, cites=bool(markers.known)):
        nearest = declined(opinion, reading)
        yield Draft(answered=False, text=nearest.text, related=nearest.related, usage=counts)
        return
    yield Draft(
        answered=True,
        text=text,
        citations=tuple(passages[n - 1] for n in markers.known),
        unknown_markers=tuple(markers.unknown),
        usage=counts,
    )


def rewrite_follow_up(chat: ChatModel, question: str, history: Sequence[Turn]) -> str:
    """The follow-up as a standalone question, by the model; as typed when it gives nothing back.

    Raises ChatModelError.
    """
    if not history:
        return question
    prompt = ChatPromptTemplate.from_messages([("human", prompts.load("standalone"))])
    conversation = "\n".join(f"{t.role}: {' '.join(t.content.split())}" for t in history)
    with chat.translating():
        reply = (prompt | chat.model | StrOutputParser()).invoke(
            {"conversation": conversation, "question": question}
        )
    return " ".join(reply.split()) or question


def _declines(text: str, cites: bool) -> bool:
    """Whether the text is the declining sentence, or begins with it and then cites nothing."""
    sentence = prompts.declining_sentence().rstrip(".")
    words = text.strip(" “”\"'*")
    return words.rstrip(".") == sentence or (words.startswith(f"{sentence}.") and not cites)
