"""Excerpts of opinions with their questions, as training and measuring use them.

The format of the data beside the project is described in its own README. Written for this project:

* `written/`, further questions on the same excerpts:
  `ids<TAB>kind<TAB>question<TAB>after<TAB>answer<TAB>decoy`. `ids` as in the data; `-` with the
  number of a sentence (`after`) and one that would answer if it stood there (`answer`). `decoy` is
  a sentence for the place of the answering one that shares its words and does not answer.
* `variants/`, for the given questions:
  `line<TAB>rewording<TAB>rewording<TAB>restated<TAB>decoy<TAB>decoy`. `line` of the questions' file
  (from 0); rewordings have the same answers; `restated` says the answer otherwise, at times with
  other facts, in one sentence; the last three are empty where the excerpt does not
  answer and no answer can be inserted.
* `invented/` and `further/`, invented opinions, laid out as the data, with variants.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from assistant.reader.model import SEP

Facts = tuple[tuple[int, ...], ...]
"""Needed facts; each is the keys of the sentences any one of which holds it."""

INSERTED: Final = 1000  # key of the first inserted sentence; smaller keys are sentence numbers
QUESTION_TOKENS: Final = 40
SENTENCE_TOKENS: Final = 96
RESTATED: Final = 0.3
"""Share of the answers that stand restated in training."""
OWN: Final = Path(__file__).parent
"""Folder of `written/` and `variants/`."""
INVENTED: Final = OWN / "invented"
"""Opinions written for this project, laid out as the data beside it, with `variants/`."""
FURTHER: Final = OWN / "further"
"""More of them, written later: only the last training sees them."""


@dataclass(frozen=True)
class Insert:
    """A sentence that is not the opinion's, and the sentence it follows (-1: none)."""

    text: str
    after: int


@dataclass(frozen=True)
class Question:
    """A question about an excerpt.

    facts are empty where the excerpt does not answer; `answer` would then. rewordings ask the same.
    `restated` answers in place of the first answering sentence or of `answer`. decoys look like the
    answer and are none. written: comes from `written/`, where an answer may also answer another
    such question.
    """

    text: str
    kind: str
    facts: Facts
    answer: Insert | None
    written: bool = False
    rewordings: tuple[str, ...] = ()
    restated: Insert | None = None
    decoys: tuple[Insert, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the excerpt answers, or would with `answer` inserted."""
        return bool(self.facts or self.answer)

    @property
    def wordings(self) -> tuple[str, ...]:
        """The question as it stands, and its rewordings."""
        return (self.text, *self.rewordings)


@dataclass(frozen=True)
class Excerpt:
    """Sentences of an opinion and questions about them."""

    name: str
    sentences: tuple[str, ...]
    questions: tuple[Question, ...]

    def text(self, key: int) -> str:
        """The sentence of this number, or from INSERTED on the inserted answer of a question."""
        if key < INSERTED:
            return self.sentences[key]
        answer = self.questions[key - INSERTED].answer
        assert answer is not None
        return answer.text


@dataclass(frozen=True)
class Member:
    """One half of a contrast pair: a question over an excerpt as it stands or altered.

    keys: the sentences in reading order. form: "original" (answered as it stands), "removed" (its
    answering sentences are gone), "inserted" (an answer stands in it) or "absent" (unanswered as
    it stands).
    """

    line: int
    keys: tuple[int, ...]
    facts: Facts
    form: str


def splits(data: Path) -> tuple[list[str], list[str], list[str]]:
    """Names for training, for choosing (six opinions out of `train`), and `dev`."""
    split = json.loads((data / "split.json").read_text(encoding="utf-8"))
    roots = sorted({name.removesuffix("-part-2") for name in split["train"]})
    random.Random(20261125).shuffle(roots)
    held = set(roots[:6])
    train = [n for n in split["train"] if n.removesuffix("-part-2") not in held]
    return train, [n for n in split["train"] if n not in train], list(split["dev"])


def excerpt_names(data: Path) -> list[str]:
    """Names of the excerpts in a folder laid out as the data."""
    return sorted(path.stem for path in (data / "opinions").glob("*.txt"))


def read_excerpt(data: Path, name: str, own: Path | None = None) -> Excerpt:
    """Read `opinions/NAME.txt`, `questions/NAME.tsv`, `inserts/NAME.tsv`, and what the folders
    `written` and `variants` in `own` have for this excerpt.
    """
    lines = (data / "opinions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    sentences = tuple(line.split("\t", 1)[1] for line in lines if "\t" in line)
    inserts: dict[int, Insert] = {}
    for number, after, text in _rows(data / "inserts" / f"{name}.tsv", 3):
        inserts[int(number)] = Insert(text, int(after))
    questions = []
    for line, (ids, kind, text) in enumerate(_rows(data / "questions" / f"{name}.tsv", 3)):
        questions.append(Question(text, kind, _facts(ids), inserts.get(line)))
    if own is not None:
        for number, *rewordings, restated, one, two in _rows(own / "variants" / f"{name}.tsv", 6):
            asked = questions[int(number)]
            place = _place(asked.facts, asked.answer)
            questions[int(number)] = replace(
                asked,
                rewordings=tuple(rewordings),
                restated=Insert(restated, place) if restated else None,
                decoys=tuple(Insert(decoy, place) for decoy in (one, two) if decoy),
            )
        for ids, kind, text, after, answer, decoy in _rows(own / "written" / f"{name}.tsv", 6):
            facts = _facts(ids)
            insert = None if facts else Insert(answer, int(after))
            decoys = (Insert(decoy, _place(facts, insert)),)
            questions.append(Question(text, kind, facts, insert, written=True, decoys=decoys))
    return Excerpt(name, sentences, tuple(questions))


def _place(facts: Facts, answer: Insert | None) -> int:
    """Number of the sentence before the one that answers; -1: none is, or none answers."""
    if facts:
        return facts[0][0] - 1
    return answer.after if answer else -1


def _rows(path: Path, fields: int) -> Iterator[list[str]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            if line:
                row = line.split("\t", fields - 1)
                if len(row) != fields:
                    raise ValueError(f"{path}: {fields} fields were sought in {line!r}")
                yield row


def _facts(ids: str) -> Facts:
    if ids == "-":
        return ()
    return tuple(tuple(int(i) for i in fact.split("|")) for fact in ids.split("+"))


def contrast(excerpt: Excerpt) -> list[Member]:
    """Both halves of every question's pair, the answered one first; a question that nothing
    answers, even inserted, gives its unanswered half only.
    """
    whole = tuple(range(len(excerpt.sentences)))
    members = []
    for line, question in enumerate(excerpt.questions):
        if question.facts:
            gold = {i for fact in question.facts for i in fact}
            rest = tuple(i for i in whole if i not in gold)
            members.append(Member(line, whole, question.facts, "original"))
            members.append(Member(line, rest, (), "removed"))
            continue
        if question.answer is not None:
            key, place = INSERTED + line, question.answer.after + 1
            keys = (*whole[:place], key, *whole[place:])
            members.append(Member(line, keys, ((key,),), "inserted"))
        members.append(Member(line, whole, (), "absent"))
    return members


class Tokens:
    """Token ids of texts, without special tokens, remembered; an empty text gives one [SEP]."""

    def __init__(self, base: Path) -> None:
        """base: folder of the bundled model."""
        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._known: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """All ids of the text."""
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return self._known[text] or [SEP]

    def questions(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of questions; of one over the limit the last."""
        return [self(t)[-QUESTION_TOKENS:] for t in texts]

    def sentences(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of sentences; of one over the limit the first."""
        return [self(t)[:SENTENCE_TOKENS] for t in texts]
