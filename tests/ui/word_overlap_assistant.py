"""An assistant that ranks an opinion's sentences by the words they share with the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.answer import Answer, Citation, Turn
from assistant.errors import ChatModelError, QuestionError
from vectorstore.opinion import Opinion

DECLINED = "The opinion does not answer this question."
EMPTY = "The question is empty. Type what you want to know about the opinion."
SERVER_GONE = "No chat model 'scripted': its server at http://localhost:1 does not answer."

_COMMON = frozenset(
    "a an and are as at by did do for in is it of on or the to was what who why".split()
)


class WordOverlapAssistant:
    """Answers by quotation, or as `writes` puts it (a function of the best passages' markers).

    Keeps what it was asked. `gates`: called before each piece that is given, so that a test can
    hold an answer back. A question that holds "unreachable" fails half-way.
    """

    def __init__(
        self,
        opinion: Opinion,
        *,
        answerer: str = "extractive",
        writes: Callable[[Sequence[int]], str] | None = None,
        departure_notice: str | None = None,
        gate: Callable[[], object] = lambda: None,
    ) -> None:
        self.opinion = opinion
        self.answerer = answerer
        self.departure_notice = departure_notice
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self._writes = writes
        self._gate = gate

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        self.asked.append((question, tuple(history)))
        if not question.strip():
            raise QuestionError(EMPTY)
        best = self._best(question)
        if not best:
            text = DECLINED
        elif self._writes is not None:
            text = self._writes([c.marker for c in best])
        else:
            text = "\n\n".join(f"“{c.quote}” [{c.marker}]" for c in best)
        for word in re.findall(r"\S+\s*", text):
            self._gate()
            yield word
            if "unreachable" in question:
                raise ChatModelError(SERVER_GONE)
        unknown = tuple(re.findall(r"\[(\d+): no such passage\]", text))
        yield Answer(
            question=question,
            standalone=question,
            answered=bool(best),
            text=text,
            citations=best,
            related=() if best else self._citations(range(min(3, len(self.opinion.sentences)))),
            retrieved=(),
            confidence=0.9 if best else 0.1,
            seconds=0.0,
            answerer=self.answerer,
            unknown_markers=unknown,
        )

    def _best(self, question: str) -> tuple[Citation, ...]:
        asked = _words(question)
        shared = [len(asked & _words(self.opinion.text(s))) for s in self.opinion.sentences]
        order = sorted(range(len(shared)), key=lambda i: -shared[i])
        return self._citations([i for i in order if shared[i] >= min(2, len(asked))][:3])

    def _citations(self, sentences: Sequence[int]) -> tuple[Citation, ...]:
        found = []
        for marker, index in enumerate(sentences, 1):
            sentence = self.opinion.sentences[index]
            found.append(
                Citation(
                    marker=marker,
                    paragraph=self.opinion.block_of(sentence).label,
                    quote=self.opinion.text(sentence),
                    start=sentence.start,
                    end=sentence.end,
                    voice=str(sentence.voice),
                    pinpoint=self.opinion.pinpoint(sentence),
                )
            )
        return tuple(found)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.lower())) - _COMMON
