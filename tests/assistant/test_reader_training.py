"""Training the reader, from made data to graphs that answer."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from assistant.reader import train
from assistant.reader.model import ReaderModel
from assistant.reader.training.choosing import measure
from assistant.reader.training.encoder import Lower
from assistant.reader.training.excerpts import (
    INSERTED,
    WRITTEN,
    Insert,
    Tokens,
    contrast,
    read_excerpt,
)
from assistant.reader.training.joint import JointReader, Pair, choice_loss
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


def rebuild(data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["train", "--data", str(data), "--out", str(out), "--threads", "1"]
    monkeypatch.setattr("sys.argv", arguments)
    train.main()


def test_one_command_makes_a_reader_and_the_same_one_again(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rebuild(data, tmp_path / "one", monkeypatch)
    printed = capsys.readouterr().out
    rebuild(data, tmp_path / "two", monkeypatch)

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
    excerpt = read_excerpt(data, "baker")
    with torch.no_grad():
        train.export(lower, late, joint, base, tmp_path)
        (question,) = lower(tokens.questions([excerpt.questions[0].text]))
        read = lower(tokens.sentences(excerpt.sentences))
        whole = late([question], read)[0].numpy()
    model = ReaderModel(tmp_path, base, threads=1)

    scores = model.score(excerpt.questions[0].text, excerpt.sentences)

    with torch.no_grad():
        pairs = [Pair(question, read[i], read[i - 1] if i else None) for i in scores.places]
        jointly = joint(pairs).numpy()
    # int8 against bfloat16
    assert np.abs(scores.late - whole).max() < 0.15 * np.ptp(whole)
    assert np.abs(scores.joint - jointly).max() < 0.15 * max(np.ptp(jointly), 1.0)


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


def test_reads_questions_written_beside_the_data(data: Path, tmp_path: Path) -> None:
    row = "-\tfact\tWho judged?\t1\tJudge Poe did.\tJudge Poe was ill."
    two = "2|3\tfact\tWho won?\t\t\tThe potter asked for a jury."
    (tmp_path / "potter.tsv").write_text(f"{row}\n{two}\n", encoding="utf-8")

    first, second = read_excerpt(data, "potter", tmp_path).questions[-2:]

    assert (first.facts, first.answer) == ((), Insert("Judge Poe did.", 1))
    assert first.decoy == Insert("Judge Poe was ill.", 1)
    assert (second.facts, second.answer) == (((2, 3),), None)
    assert second.decoy == Insert("The potter asked for a jury.", 1)


def test_says_which_line_of_the_written_questions_is_wrong(data: Path, tmp_path: Path) -> None:
    (tmp_path / "potter.tsv").write_text("1\tfact\tWho won?\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"potter\.tsv: 6 fields were sought in '1\\tfact"):
        read_excerpt(data, "potter", tmp_path)


@pytest.mark.parametrize("path", sorted(WRITTEN.glob("*.tsv")), ids=lambda p: p.stem)
def test_written_questions_are_whole(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        ids, _, question, after, answer, decoy = line.split("\t")
        assert question.strip()
        assert decoy.strip()
        assert bool(answer.strip()) == bool(after.strip()) == (ids == "-")
