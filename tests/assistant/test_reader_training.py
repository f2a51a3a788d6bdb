"""Training the reader, from made data to graphs that answer."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from assistant.reader import train
from assistant.reader.model import ReaderModel
from assistant.reader.training import joint as joint_training
from assistant.reader.training.choosing import measure
from assistant.reader.training.encoder import Lower
from assistant.reader.training.excerpts import (
    FURTHER,
    INSERTED,
    INVENTED,
    OWN,
    Insert,
    Tokens,
    contrast,
    excerpt_names,
    read_excerpt,
)
from assistant.reader.training.joint import CONTEXT_TOKENS, JointReader, Pair, choice_loss
from assistant.reader.training.late import LateInteraction

SENTENCES = [
    "The {p} sued the city in {y}.",
    "He asked for {n} dollars.",
    "The jury found for the {p}.",
    "The city appealed.",
    "We affirm.",
]
QUESTIONS = [
    ("0", "fact", "When was the suit of the {p} brought?"),
    ("1|2", "fact", "What did the {p} want or get?"),
    ("3+4", "procedure", "Who appealed, and what came of it?"),
    ("-", "absent", "Who was counsel of the {p}?"),
    ("-", "outofscope", "How do I boil an egg?"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten small opinions in the data's format, two of them for reporting, and public sets."""
    folder = tmp_path_factory.mktemp("training")
    for name in ("opinions", "questions", "inserts", "public"):
        (folder / name).mkdir()
    people = "baker carter cooper fisher glover mason miller potter sawyer tailor".split()
    for i, person in enumerate(people):
        fill = {"p": person, "y": 1990 + i, "n": 100 * (i + 1)}
        lines = [f"{n}\t{s.format(**fill)}" for n, s in enumerate(SENTENCES)]
        text = "\n".join([f"{person} v. City", *lines, ""])
        (folder / "opinions" / f"{person}.txt").write_text(text, encoding="utf-8")
        rows = ["\t".join(q).format(**fill) for q in QUESTIONS]
        (folder / "questions" / f"{person}.tsv").write_text("\n".join(rows) + "\n", "utf-8")
        insert = f"3\t2\tMs. Doe was counsel of the {person}.\n"
        (folder / "inserts" / f"{person}.tsv").write_text(insert, "utf-8")
    split = {"train": people[:8], "dev": people[8:]}
    (folder / "split.json").write_text(json.dumps(split), "utf-8")
    rows = [
        {"question": "Who wrote it?", "sentences": ["Poe wrote it.", "It is old."], "answers": [0]},
        {"question": "Who drew it?", "sentences": ["It hangs there.", "It fell."], "answers": []},
    ]
    for name in ("selqa", "qed", "covidqa", "qamr", "policyqa"):
        with gzip.open(folder / "public" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows * 4)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """One more opinion, with variants, for the invented ones."""
    folder = tmp_path / "own"
    for kind in ("opinions", "questions", "inserts", "variants"):
        (folder / kind).mkdir(parents=True)
    sentences = [s.format(p="smith", y=1950, n=7) for s in SENTENCES]
    lines = ["Smith v. City", *(f"{n}\t{s}" for n, s in enumerate(sentences))]
    (folder / "opinions" / "smith.txt").write_text("\n".join(lines) + "\n", "utf-8")
    rows = ["\t".join(q).format(p="smith") for q in QUESTIONS]
    (folder / "questions" / "smith.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "inserts" / "smith.tsv").write_text("3\t2\tMs. Doe spoke for the smith.\n", "utf-8")
    variants = [
        f"{n}\tQuery {n}?\tquery {n}\tRestated {n}.\tDecoy {n}.\tAnother decoy {n}."
        for n in range(4)
    ]
    (folder / "variants" / "smith.tsv").write_text("\n".join(variants) + "\n", "utf-8")
    return folder


def rebuild(data: Path, own: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "INVENTED", own)
    monkeypatch.setattr(train, "FURTHER", own)
    arguments = ["train", "--data", str(data), "--out", str(out), "--threads", "1"]
    monkeypatch.setattr("sys.argv", arguments)
    train.main()


def test_one_command_makes_a_reader_and_the_same_one_again(
    data: Path,
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rebuild(data, own, tmp_path / "one", monkeypatch)
    printed = capsys.readouterr().out
    rebuild(data, own, tmp_path / "two", monkeypatch)

    for name in ("reader.json", "late.onnx", "joint.onnx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert "pairs: both members right" in printed
    model = ReaderModel(tmp_path / "one", train.base_folder(), threads=1)
    scores = model.score("Who is the judge?", ["The judge is Poe.", "It rained.", "We affirm."])
    assert scores.late.shape == (3,)
    assert sorted(scores.places) == [0, 1, 2]
    assert 0 < model.settings.confidence(scores) < 1


def test_graphs_score_as_the_trained_modules_do(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    base = train.base_folder()
    weights = load_file(str(base / "model.safetensors"))
    lower, tokens = Lower(weights), Tokens(base)
    late, joint = LateInteraction(weights), JointReader(weights)
    torch.nn.init.normal_(joint.out.weight, std=0.3)
    torch.nn.init.normal_(joint.kind, std=0.05)
    asked = "Who asked " + "very " * 50 + "much?"
    sentences = ["It was a long " + "long " * 120 + "day.", "He asked.", "", "We affirm."]
    with torch.no_grad():
        train.export(lower, late, joint, base, tmp_path)
        (question,) = tokens.questions([asked])
        read = tokens.sentences(sentences)
        whole = late(lower([question]), lower(read))[0].numpy()
    model = ReaderModel(tmp_path, base, threads=1)

    scores = model.score(asked, sentences)

    assert (len(question), len(read[0]), len(read[2])) == (40, 96, 1)
    before = [[], *(ids[:CONTEXT_TOKENS] for ids in read)]
    with torch.no_grad():
        jointly = joint([Pair(question, read[i], before[i]) for i in scores.places]).numpy()
    # int8 against bfloat16
    assert np.abs(scores.late - whole).max() < 0.15 * np.ptp(whole)
    assert np.abs(scores.joint - jointly).max() < 0.15 * max(np.ptp(jointly), 1.0)


@pytest.mark.parametrize("restated", [0.0, 1.0])
def test_trains_on_the_answer_or_its_restatement_against_decoys_and_other_sentences(
    own: Path, monkeypatch: pytest.MonkeyPatch, restated: float
) -> None:
    monkeypatch.setattr(joint_training, "RESTATED", restated)
    base = train.base_folder()
    weights = load_file(str(base / "model.safetensors"))
    tokens, excerpt = Tokens(base), read_excerpt(own, "smith", own)
    pool = joint_training._Pool(excerpt, Lower(weights), tokens, LateInteraction(weights))

    def read(line: int) -> tuple[list[list[int]], list[list[int]]]:
        """Sentences that answer, and that do not."""
        scored = pool.scored(line, random.Random(0))
        for pair in scored.pairs:
            assert pair.question in tokens.questions(excerpt.questions[line].wordings)
        both = list(zip(scored.pairs, scored.facts, strict=True))
        return [p.sentence for p, n in both if n >= 0], [p.sentence for p, n in both if n < 0]

    either, wrong = read(1)
    texts = ["Restated 1."] if restated else [excerpt.sentences[1], excerpt.sentences[2]]
    assert sorted(either) == sorted(tokens.sentences(texts))
    decoys = tokens.sentences(["Decoy 1.", "Another decoy 1."])
    assert all(decoy in wrong for decoy in decoys)
    assert not any(ids in wrong for ids in tokens.sentences(excerpt.sentences[1:3]))
    inserted, _ = read(3)
    texts = ["Restated 3."] if restated else ["Ms. Doe spoke for the smith."]
    assert inserted == tokens.sentences(texts)


def test_pair_has_an_answered_and_an_unanswered_member(data: Path) -> None:
    members = contrast(read_excerpt(data, "mason"))

    assert [(m.line, m.form, m.keys, bool(m.facts)) for m in members] == [
        (0, "original", (0, 1, 2, 3, 4), True),
        (0, "removed", (1, 2, 3, 4), False),
        (1, "original", (0, 1, 2, 3, 4), True),
        (1, "removed", (0, 3, 4), False),
        (2, "original", (0, 1, 2, 3, 4), True),
        (2, "removed", (0, 1, 2), False),
        (3, "inserted", (0, 1, 2, INSERTED + 3, 3, 4), True),
        (3, "absent", (0, 1, 2, 3, 4), False),
        (4, "absent", (0, 1, 2, 3, 4), False),
    ]


def test_a_member_reads_the_same_as_an_opinion_of_its_sentences(data: Path, tmp_path: Path) -> None:
    folder, base = Path(train.__file__).parent, train.base_folder()
    model = ReaderModel(folder, base, threads=1)
    excerpts = [read_excerpt(data, name) for name in ("baker", "carter")]

    rows = measure(model, excerpts)

    row = next(r for r in rows if r.member.form == "inserted")
    texts = [excerpts[0].text(key) for key in row.member.keys]
    alone = model.score(row.question, texts)
    # The lengths read together differ, and so the rounding of int8.
    np.testing.assert_allclose(row.scores.late, alone.late, atol=1.0)
    shared = dict(zip(row.scores.places.tolist(), row.scores.joint.tolist(), strict=True))
    for place, score in zip(alone.places.tolist(), alone.joint.tolist(), strict=True):
        assert shared.get(place, score) == pytest.approx(score, abs=0.5)
    assert len(shared.keys() & set(alone.places.tolist())) >= 3
    assert {r.member.form for r in rows} == {
        "original",
        "removed",
        "inserted",
        "absent",
        "foreign",
    }


def test_loss_wants_the_answer_chosen_and_none_without_it() -> None:
    gold, others = torch.tensor([True, False, False]), torch.tensor([False, False, True])

    good = choice_loss(torch.tensor([8.0, -8.0, 8.0]), gold, others)
    sure_of_wrong = choice_loss(torch.tensor([8.0, 6.0, 8.0]), gold, others)
    never_sure = choice_loss(torch.tensor([-8.0, -9.0, -9.0]), gold, others)

    assert float(good) < 0.01
    assert float(sure_of_wrong) > 2
    assert float(never_sure) > 2


def beside_the_data(folder: Path, kind: str, *rows: str) -> Path:
    (folder / kind).mkdir(exist_ok=True)
    (folder / kind / "potter.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_reads_questions_written_beside_the_data(data: Path, tmp_path: Path) -> None:
    row = "-\tfact\tWho judged?\t1\tJudge Poe did.\tJudge Poe was ill."
    two = "2|3\tfact\tWho won?\t\t\tThe potter asked for a jury."

    first, second = read_excerpt(
        data, "potter", beside_the_data(tmp_path, "written", row, two)
    ).questions[-2:]

    assert (first.facts, first.answer) == ((), Insert("Judge Poe did.", 1))
    assert first.decoys == (Insert("Judge Poe was ill.", 1),)
    assert (second.facts, second.answer) == (((2, 3),), None)
    assert second.decoys == (Insert("The potter asked for a jury.", 1),)


def test_reads_variants_of_the_given_questions(data: Path, tmp_path: Path) -> None:
    rows = [
        "0\tWhich year?\tsuit year\tIn 1998 he sued.\tThe suit was long.\tIn 1998 he fell.",
        "3\tWho pleaded for him?\tcounsel?\tMr. Roe was counsel.\tCounsel spoke.\tMr. Roe wept.",
        "4\tHow are eggs cooked?\tegg time\t\t\t",
    ]

    asked = read_excerpt(data, "potter", beside_the_data(tmp_path, "variants", *rows)).questions

    assert asked[0].wordings == (
        "When was the suit of the potter brought?",
        "Which year?",
        "suit year",
    )
    assert asked[0].restated == Insert("In 1998 he sued.", -1)
    assert asked[0].decoys == (Insert("The suit was long.", -1), Insert("In 1998 he fell.", -1))
    assert asked[3].restated == Insert("Mr. Roe was counsel.", 2)
    assert (asked[4].restated, asked[4].decoys) == (None, ())
    assert asked[1].wordings == (asked[1].text,)


@pytest.mark.parametrize("kind", ["written", "variants"])
def test_says_which_line_written_beside_the_data_is_wrong(
    data: Path, tmp_path: Path, kind: str
) -> None:
    with pytest.raises(ValueError, match=r"potter\.tsv: 6 fields were sought in '1\\tfact"):
        read_excerpt(data, "potter", beside_the_data(tmp_path, kind, "1\tfact\tWho won?"))


@pytest.mark.parametrize("path", sorted(OWN.glob("written/*.tsv")), ids=lambda p: p.stem)
def test_written_questions_are_whole(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        ids, _, question, after, answer, decoy = line.split("\t")
        assert question.strip()
        assert decoy.strip()
        assert bool(answer.strip()) == bool(after.strip()) == (ids == "-")


@pytest.mark.parametrize("path", sorted(OWN.rglob("variants/*.tsv")), ids=lambda p: p.stem)
def test_variants_are_whole(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert len({line.split("\t")[0] for line in lines}) == len(lines)
    for line in lines:
        _, one, two, restated, decoy, other = (field.strip() for field in line.split("\t"))
        assert one
        assert two
        assert bool(restated) == bool(decoy) == bool(other)


@pytest.mark.parametrize(
    ("folder", "name"), [(f, name) for f in (INVENTED, FURTHER) for name in excerpt_names(f)]
)
def test_invented_opinions_are_whole(folder: Path, name: str) -> None:
    excerpt = read_excerpt(folder, name, folder)

    assert len(excerpt.questions) >= 40
    for question in excerpt.questions:
        assert bool(question.facts) != bool(question.answer)
        assert question.answer is None or -1 <= question.answer.after < len(excerpt.sentences)
        assert len(question.wordings) == 3
        assert question.restated
        assert len(question.decoys) == 2
        for fact in question.facts:
            assert all(0 <= i < len(excerpt.sentences) for i in fact)
