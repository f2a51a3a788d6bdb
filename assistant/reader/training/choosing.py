"""Chooses what `reader.json` holds, and reports how the reader does on contrast pairs.

Everything is measured with the graphs as they ship. A member of a pair is read as an opinion of its
own, so that the unanswered one has as many sentences to be taken in by as the answered one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.reader.calibration import (
    ReaderSettings,
    best_first,
    features,
    quotations,
    ranking_scores,
)
from assistant.reader.model import IndexedOpinion, ReaderModel, Scores
from assistant.reader.training.excerpts import INSERTED, Excerpt, Member, contrast

Values = npt.NDArray[np.float64]
FOREIGN: Final = 20  # questions of another opinion asked of each excerpt


@dataclass(frozen=True)
class Row:
    """A question over one text as the model scored it; `form` as in Member, or "foreign"."""

    excerpt: str
    question: str
    member: Member
    scores: Scores

    @property
    def answered(self) -> bool:
        """Whether the text answers."""
        return bool(self.member.facts)

    def ranked(self, late_share: float) -> list[int]:
        """Keys of the sentences, best first: those read jointly, then the others by late score."""
        return [self.member.keys[i] for i in best_first(self.scores, late_share)]

    def quoted(self, late_share: float, mass: float) -> set[int]:
        """Keys of the sentences that an answer would quote."""
        count = quotations(ranking_scores(self.scores, late_share), mass)
        return set(self.ranked(late_share)[:count])


def measure(model: ReaderModel, excerpts: Sequence[Excerpt]) -> list[Row]:
    """Both members of every pair, and some questions asked of an opinion that is not theirs."""
    rows = []
    for number, excerpt in enumerate(excerpts):
        answers = {INSERTED + i: q.answer for i, q in enumerate(excerpt.questions) if q.answer}
        keys = [*range(len(excerpt.sentences)), *answers]
        whole = model.index([excerpt.text(k) for k in keys])
        column = {key: i for i, key in enumerate(keys)}
        asked = [model.question(q.text) for q in excerpt.questions]
        for member in contrast(excerpt):
            text = excerpt.questions[member.line].text
            opinion = _part(whole, [column[k] for k in member.keys])
            scores = model.score_encoded(asked[member.line], opinion)
            rows.append(Row(excerpt.name, text, member, scores))
        far = excerpts[(number + len(excerpts) // 2) % len(excerpts)]
        plain = tuple(range(len(excerpt.sentences)))
        opinion = _part(whole, plain)
        for line, question in list(enumerate(far.questions))[::3][:FOREIGN]:
            scores = model.score_encoded(model.question(question.text), opinion)
            member = Member(line, plain, (), "foreign")
            rows.append(Row(excerpt.name, question.text, member, scores))
    return rows


def _part(opinion: IndexedOpinion, places: Sequence[int]) -> IndexedOpinion:
    """The same opinion with only these sentences, in this order."""
    spans = [opinion.span(p) for p in places]
    lengths = [span.stop - span.start for span in spans]
    return IndexedOpinion(
        ids=np.concatenate([opinion.ids[span] for span in spans]),
        tokens=np.concatenate([opinion.tokens[span] for span in spans]),
        starts=np.cumsum([0, *lengths[:-1]]).astype(np.int64),
        means=opinion.means[list(places)],
    )


def choose(rows: Sequence[Row], settings: ReaderSettings) -> ReaderSettings:
    """Settings fitted on these rows, the rest as given."""
    grid = [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    share = max(grid, key=lambda w: _found(rows, w, 1) + _found(rows, w, 3))
    x = np.array([features(r.scores, share) for r in rows])
    y = np.array([r.answered for r in rows])
    mean, spread = x.mean(0), x.std(0) + 1e-6
    fit = LogisticRegression(C=0.3, max_iter=2000).fit((x - mean) / spread, y)
    p = fit.predict_proba((x - mean) / spread)[:, 1]
    masses = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    mass = max(masses, key=lambda m: _shown_gain(rows, share, m))
    # A wrong answer is worth no more than a refusal: answered counts where every fact is quoted.
    told = [
        (p[i], _all_shown(r, share, mass))
        for i, r in enumerate(rows)
        if r.member.form == "original"
    ]
    absent = p[[r.member.form == "absent" for r in rows]]
    cuts = np.linspace(0.2, 0.8, 61)
    right = [np.mean([q >= c and t for q, t in told]) + np.mean(absent < c) for c in cuts]
    return replace(
        settings,
        late_share=share,
        mean=tuple(mean.tolist()),
        spread=tuple(spread.tolist()),
        weights=tuple(fit.coef_[0].tolist()),
        bias=float(fit.intercept_[0]),
        threshold=round(float(cuts[int(np.argmax(right))]), 3),
        shown=mass,
    )


def _found(rows: Sequence[Row], share: float, depth: int) -> float:
    """Needed facts among the first `depth` sentences."""
    return sum(found for found, _ in facts_found(rows, share, depth))


def _shown_gain(rows: Sequence[Row], share: float, mass: float) -> float:
    """Facts quoted, where each sentence quoted beyond the first costs a tenth of one."""
    gain = 0.0
    for row in rows:
        if row.member.form == "original":
            top = row.quoted(share, mass)
            gain += sum(bool(top & set(f)) for f in row.member.facts) - 0.1 * (len(top) - 1)
    return gain


def _all_shown(row: Row, share: float, mass: float) -> bool:
    """Whether the sentences quoted hold every needed fact."""
    top = row.quoted(share, mass)
    return all(top & set(fact) for fact in row.member.facts)


def facts_found(rows: Iterable[Row], share: float, depth: int) -> list[tuple[float, float]]:
    """Needed facts among the first `depth` sentences, and all, of each answered question."""
    found = []
    for row in rows:
        if row.member.form == "original":
            top = set(row.ranked(share)[:depth])
            facts = row.member.facts
            found.append((float(sum(bool(top & set(f)) for f in facts)), float(len(facts))))
    return found


def pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of the answered and the unanswered member of each pair."""
    return [(i, i + 1) for i, r in enumerate(rows) if r.member.form in ("original", "inserted")]


def report(rows: Sequence[Row], settings: ReaderSettings) -> dict[str, str]:
    """Figures with 95% bootstrap intervals over questions."""
    share = settings.late_share
    out = {}
    first = [
        (float(r.ranked(share)[0] in {i for f in r.member.facts for i in f}), 1.0)
        for r in rows
        if r.member.form == "original"
    ]
    out["right sentence first"] = _ratio(first)
    for depth in (1, 3, 5):
        out[f"needed facts in the first {depth}"] = _ratio(facts_found(rows, share, depth))
    p = np.array([settings.confidence(r.scores) for r in rows])
    both = np.array(pairs(rows))
    cut = settings.threshold
    out["pairs: AUROC"] = _interval(both, lambda part: _auroc(p[part[:, 0]], p[part[:, 1]]))
    for form in ("original", "inserted"):
        of = np.array([pair for pair in both if rows[pair[0]].member.form == form])
        out[f"pairs from {form}: AUROC"] = f"{_auroc(p[of[:, 0]], p[of[:, 1]]):.3f}"
    right = (p[both[:, 0]] >= cut) & (p[both[:, 1]] < cut)
    out["pairs: both members right"] = _ratio([(float(r), 1.0) for r in right])
    told = [_all_shown(rows[a], share, settings.shown) for a in both[:, 0]]
    handled = ((p[both[:, 0]] >= cut) & told).astype(float) + (p[both[:, 1]] < cut)
    out["pairs: handled rightly"] = _ratio([(float(h), 2.0) for h in handled])
    more = p[both[:, 0]] > p[both[:, 1]]
    out["pairs: answered member more probable"] = _ratio([(float(m), 1.0) for m in more])
    truth = np.repeat([[1.0, 0.0]], len(both), axis=0).ravel()
    out["pairs: ECE"] = f"{calibration_error(truth, p[both].ravel()):.3f}"
    yes = p[[i for i, r in enumerate(rows) if r.member.form == "original"]]
    no = p[[i for i, r in enumerate(rows) if r.member.form == "absent"]]
    far = p[[i for i, r in enumerate(rows) if r.member.form == "foreign"]]
    out["as it stands: AUROC"] = f"{_auroc(yes, no):.3f}"
    out["as it stands: answered kept"] = f"{np.mean(yes >= cut):.3f}"
    out["as it stands: unanswered declined"] = f"{np.mean(no < cut):.3f}"
    out["as it stands: balanced accuracy"] = f"{(np.mean(yes >= cut) + np.mean(no < cut)) / 2:.3f}"
    out["another opinion's questions declined"] = f"{np.mean(far < cut):.3f}"
    return out


def calibration_error(truth: Values, probability: Values) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [
        abs(probability[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean()
        for b in set(bins.tolist())
    ]
    return float(sum(gaps))


def _auroc(yes: Values, no: Values) -> float:
    return float(roc_auc_score([1] * len(yes) + [0] * len(no), np.concatenate([yes, no])))


def _interval(
    pairs: npt.NDArray[np.int64], figure: Callable[[npt.NDArray[np.int64]], float]
) -> str:
    draws = np.random.default_rng(0).integers(0, len(pairs), (500, len(pairs)))
    low, high = np.quantile([figure(pairs[d]) for d in draws], [0.025, 0.975])
    return f"{figure(pairs):.3f} ({low:.3f} to {high:.3f})"


def _ratio(values: Sequence[tuple[float, float]]) -> str:
    """Ratio of sums."""
    a = np.array(values)
    draws = np.random.default_rng(0).integers(0, len(a), (2000, len(a)))
    low, high = np.quantile(a[draws, 0].sum(1) / a[draws, 1].sum(1), [0.025, 0.975])
    return f"{a[:, 0].sum() / a[:, 1].sum():.3f} ({low:.3f} to {high:.3f})"
