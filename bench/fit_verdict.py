"""Fits the weights of `knowledge/verdicts.py` anew and prints them: `make fit-verdict`.

A logistic regression of « is this question for this base? » on the signs of the verdict, by
Newton's method, the two classes weighted alike. It learns from half A of
`tests/knowledge/questions.jsonl` (half B and every other file of questions stay unseen) and from
`bench/verdicts.jsonl`, written for it: questions of ours that name other services, and other
people's business that sounds like ours. The figures printed beside the weights are those of a
fivefold cross-validation.
"""

import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from halves import half_a, half_b

from knowledge import load_knowledge
from knowledge.base import KnowledgeBase
from knowledge.search.confidence import Signals
from knowledge.tools.evaluation import ANSWERABLE, OFF_TOPIC, Case, load_cases

QUESTIONS = Path("tests/knowledge/questions.jsonl")
WRITTEN_FOR_IT = Path("bench/verdicts.jsonl")
RIDGE = 0.5
"""How strongly weights are drawn to 0, with features of mean 0 and deviation 1."""
STEPS = 30
FOLDS = 5
HARD = 0.25
"""What a question of ours in `WRITTEN_FOR_IT` counts: it was chosen to be misjudged."""
THRESHOLDS = (-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
NAMES = ("BELONGING_WEIGHT", "SCORE_WEIGHT", "ELSEWHERE_WEIGHT", "OURS_WEIGHT", "OFFSET")


@dataclass(frozen=True, slots=True)
class Row:
    """A question as the regression sees it; `weight` is what it counts."""

    features: Sequence[float]
    ours: bool
    weight: float = 1.0

    def confidence(self, weights: Sequence[float]) -> float:
        return sum(x * w for x, w in zip((*self.features, 1.0), weights, strict=True))


def features(signs: Signals) -> tuple[float, ...]:
    """What the regression sees, in the order of `NAMES`, less the offset."""
    return (
        signs.belonging,
        math.log(1 + signs.score),
        -float(signs.elsewhere),
        float(signs.ours),
    )


def rows_of(base: KnowledgeBase, cases: Sequence[Case], *, weight: float = 1.0) -> list[Row]:
    """The questions that the verdict decides on; `weight` is that of those that are ours."""
    found = []
    for case in cases:
        signs = base.signs_of(case.question)
        if signs and signs.score and case.kind in (ANSWERABLE, *OFF_TOPIC):
            ours = case.kind == ANSWERABLE
            found.append(Row(features(signs), ours, weight if ours else 1.0))
    return found


def fit(rows: Sequence[Row]) -> list[float]:
    """The weights, the offset last; both sides count alike."""
    scaled, means, deviations = _scaled([row.features for row in rows])
    side = {ours: sum(row.weight for row in rows if row.ours is ours) for ours in (True, False)}
    seen = [
        Row(features, row.ours, row.weight * len(rows) / 2 / side[row.ours])
        for features, row in zip(scaled, rows, strict=True)
    ]
    weights = [0.0] * (len(means) + 1)
    for _ in range(STEPS):
        step = _newton_step(seen, weights)
        weights = [w - s for w, s in zip(weights, step, strict=True)]
    plain = [w / d for w, d in zip(weights, deviations, strict=False)]
    return [*plain, weights[-1] - sum(w * m for w, m in zip(plain, means, strict=True))]


def _scaled(
    columns: Sequence[Sequence[float]],
) -> tuple[list[list[float]], list[float], list[float]]:
    size = len(columns)
    means = [sum(column) / size for column in zip(*columns, strict=True)]
    deviations = [
        math.sqrt(sum((x - m) ** 2 for x in column) / size) or 1.0
        for column, m in zip(zip(*columns, strict=True), means, strict=True)
    ]
    scaled = [
        [(x - m) / d for x, m, d in zip(row, means, deviations, strict=True)] for row in columns
    ]
    return scaled, means, deviations


def _newton_step(rows: Sequence[Row], weights: Sequence[float]) -> list[float]:
    """Where the gradient leads, by the inverse of the curvature."""
    width = len(weights)
    gradient = [RIDGE * w for w in weights[:-1]] + [0.0]
    curve = [[RIDGE * (i == j < width - 1) for j in range(width)] for i in range(width)]
    for row in rows:
        chance = 1 / (1 + math.exp(-row.confidence(weights)))
        spread = row.weight * chance * (1 - chance)
        seen = (*row.features, 1.0)
        for i, x in enumerate(seen):
            gradient[i] += row.weight * (chance - row.ours) * x
            for j, y in enumerate(seen):
                curve[i][j] += spread * x * y
    return _solve(curve, gradient)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss and Jordan; the matrix is positive definite, so no pivot is 0."""
    table = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for place in range(len(table)):
        table[place] = [x / table[place][place] for x in table[place]]
        for other in range(len(table)):
            if other != place:
                factor = table[other][place]
                table[other] = [
                    x - factor * y for x, y in zip(table[other], table[place], strict=True)
                ]
    return [row[-1] for row in table]


def cross_validated(rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """The confidence in every question by weights that did not see it, and the truth."""
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    judged = []
    for fold in range(FOLDS):
        weights = fit([row for n, row in enumerate(shuffled) if n % FOLDS != fold])
        judged += [(row.confidence(weights), row.ours) for row in shuffled[fold::FOLDS]]
    return judged


def report(name: str, judged: Sequence[tuple[float, bool]]) -> None:
    ours, others = ([c for c, truth in judged if truth is side] for side in (True, False))
    above = sum((o > x) + (o == x) / 2 for o in ours for x in others) / len(ours) / len(others)
    print(f"{name}: {len(ours)} ours, {len(others)} others, AUC {above:.3f}; kept and refused from")
    for threshold in THRESHOLDS:
        kept = sum(c >= threshold for c in ours) / len(ours)
        refused = sum(c < threshold for c in others) / len(others)
        print(f"  {threshold:5.2f}  {kept:.3f}  {refused:.3f}")


def main() -> None:
    base = load_knowledge()
    natural = rows_of(base, half_a(load_cases(QUESTIONS)))
    hard = rows_of(base, load_cases(WRITTEN_FOR_IT), weight=HARD)
    for name, weight in zip(NAMES, fit([*natural, *hard]), strict=True):
        print(f"{name} = {weight:.1f}")
    report("all, cross-validated", cross_validated([*natural, *hard]))
    for argument in sys.argv[1:]:
        cases = half_b(load_cases(Path(argument)))
        weights = fit([*natural, *hard])
        report("unseen", [(r.confidence(weights), r.ours) for r in rows_of(base, cases)])


if __name__ == "__main__":
    main()
