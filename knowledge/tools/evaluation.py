"""How good the search is: `guichet kb eval FILE`.

A question file holds one JSON object a line: `q`, `topics` (slugs, empty when nothing here
answers), `kind` (answerable, uncovered, out_of_scope, near, chitchat), `motif` (path of the right
sous-motif, or null), `belongs_to` (code of the service that answers, of a `near` one), `style`.
"""

import json
import math
import random
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import compress
from pathlib import Path
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.content_reader import NO_TEXT, ContentError
from knowledge.search.confidence import Found, Verdict
from knowledge.search.language import fold

DEPTH = 10
"""Hits that are looked at."""
Z = 1.96
"""95 % confidence."""
ANSWERABLE = "answerable"
NEAR = "near"
"""Another service's business, as employers ask it."""
OFF_TOPIC = ("out_of_scope", "chitchat")
PLAIN_STYLES = ("plain", "keyword")
SHORTEST_NOISY = 5
"""Letters of the shortest word that noise touches."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what should come of it."""

    question: str
    topics: tuple[str, ...]
    kind: str
    motif: str | None
    style: str
    belongs_to: str | None = None


def load_cases(path: Path) -> tuple[Case, ...]:
    """The questions of a file.

    Raises:
        ContentError: a line is no such object; the message names it.
    """
    cases = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ContentError(path, NO_TEXT) from None
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            motif, style = row.get("motif"), row.get("style", "plain")
            to = row.get("belongs_to")
            cases.append(Case(row["q"], tuple(row["topics"]), row["kind"], motif, style, to))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problem = f"ligne {number} : ce n'est pas une question avec q, topics et kind"
            raise ContentError(path, problem) from None
    return tuple(cases)


def misspelled(question: str, seed: int = 0) -> str:
    """No accents, and a typo in every word of five letters or more, the same every time."""
    chance = random.Random(f"{seed}:{question}")  # noqa: S311 - reproducible noise, no secret
    words = fold(question).split()
    return " ".join(
        _typo(w, chance) if len(w) >= SHORTEST_NOISY and w.isalpha() else w for w in words
    )


def _typo(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    other = chance.choice(string.ascii_lowercase)
    swapped = after[0] + letter + after[1:]
    return before + chance.choice((swapped, after, other + letter + after, other + after))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case: `rank` of the first right hit (0 is first, None is missing),
    milliseconds it took."""

    case: Case
    found: Found
    rank: int | None
    ndcg: float
    suggested: bool
    milliseconds: float

    def hit(self, depth: int) -> bool:
        return self.rank is not None and self.rank < depth

    @property
    def refused(self) -> bool:
        return self.found.verdict is Verdict.NOTHING

    @property
    def oriented(self) -> str | None:
        """The code of the other service that the person sees."""
        return self.found.orientation.code if self.found.orientation else None

    @property
    def stands_first(self) -> bool:
        return self.found.orientation is not None and self.found.orientation.first


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `count` cases with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.2f}-{self.high:.2f}]"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The figures of one group of questions."""

    group: str
    count: int
    hit1: Share
    hit3: Share
    hit5: Share
    mrr: float
    ndcg: float
    suggested: Share
    refused: Share

    def __str__(self) -> str:
        hits = f"{self.hit1!s:20}{self.hit3!s:20}{self.hit5!s:20}"
        ends = f"{self.suggested!s:20}{self.refused!s:20}"
        return f"{self.group:28}{self.count:5}  {hits}{self.mrr:6.3f}{self.ndcg:7.3f}  {ends}"


@dataclass(frozen=True, slots=True)
class DeskRow:
    """How one group of questions was sent to the right desk: the right other service shown, any
    shown or the question refused, one standing before our articles, answered as ours for sure."""

    group: str
    count: int
    right: Share
    sent_on: Share
    first: Share
    found: Share

    def __str__(self) -> str:
        shares = f"{self.right!s:20}{self.sent_on!s:20}{self.first!s:20}{self.found!s:20}"
        return f"{self.group:28}{self.count:5}  {shares}"


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The whole evaluation: rows by style and kind, the right desk, latency, what to read first."""

    rows: tuple[ScoreRow, ...]
    desks: tuple[DeskRow, ...]
    p50: float
    p99: float
    failures: tuple[CaseResult, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        failures = [
            {"q": o.case.question, "hits": [h.slug for h in o.found.hits[:3]]}
            for o in self.failures
        ]
        rows = [asdict(row) for row in self.rows]
        desks = [asdict(row) for row in self.desks]
        return {
            "rows": rows,
            "desks": desks,
            "p50_ms": self.p50,
            "p99_ms": self.p99,
            "failures": failures,
        }

    def __str__(self) -> str:
        head = f"{'':28}{'n':>5}  {'hit@1':20}{'hit@3':20}{'hit@5':20}{'MRR':>6}{'nDCG':>7}  "
        lines = [head + f"{'suggéré@3':20}{'refusé':20}", *map(str, self.rows)]
        lines.append(f"{'':35}{'bon guichet':20}{'refusé ou orienté':20}{'en tête':20}{'sûr':20}")
        lines += map(str, self.desks)
        lines.append(f"latence p50 {self.p50:.2f} ms, p99 {self.p99:.2f} ms (temps processeur)")
        for outcome in self.failures:
            hits = ", ".join(hit.slug for hit in outcome.found.hits[:3])
            asked = f"« {outcome.case.question} » ({outcome.found.verdict})"
            lines.append(f"à lire : {asked} : {hits} ; attendu : {', '.join(outcome.case.topics)}")
        return "\n".join(lines)


def evaluate(
    base: KnowledgeBase, cases: Iterable[Case], *, clock: Callable[[], float], noise: bool = False
) -> EvaluationReport:
    """Ask every question; `clock` gives seconds, `noise` misspells the questions first."""
    outcomes = [_ask(base, case, clock, noise=noise) for case in cases]
    times = sorted(outcome.milliseconds for outcome in outcomes) or [0.0]
    groups = [(name, group) for name, group in _groups(outcomes) if group]
    rows = tuple(_row(name, group) for name, group in groups)
    desks = tuple(_desks(name, group) for name, group in groups if not name.startswith("  "))
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    return EvaluationReport(rows, desks, p50, p99, worth_reading(outcomes))


def _ask(base: KnowledgeBase, case: Case, clock: Callable[[], float], *, noise: bool) -> CaseResult:
    question = misspelled(case.question) if noise else case.question
    start = clock()
    base.search(question)
    milliseconds = (clock() - start) * 1000
    found = base.search(question, limit=DEPTH)
    right = [hit.slug in case.topics for hit in found.hits]
    suggested = case.motif in {suggestion.path for suggestion in base.suggest(question)}
    rank = right.index(True) if True in right else None
    return CaseResult(case, found, rank, _ndcg(right, len(case.topics)), suggested, milliseconds)


def _ndcg(right: Sequence[bool], relevant: int) -> float:
    gains = [1 / math.log2(place + 2) for place in range(DEPTH)]
    ideal = sum(gains[:relevant])
    return sum(compress(gains, right)) / ideal if ideal else 0.0


def _groups(outcomes: Sequence[CaseResult]) -> Iterable[tuple[str, list[CaseResult]]]:
    """Answerable questions all together, in two halves and by style; then the other kinds."""
    answerable = [o for o in outcomes if o.case.kind == ANSWERABLE]
    plain = [o for o in answerable if o.case.style in PLAIN_STYLES]
    yield "answerable", answerable
    yield "answerable, plain or keyword", plain
    yield "answerable, other styles", [o for o in answerable if o.case.style not in PLAIN_STYLES]
    for style in sorted({o.case.style for o in answerable}):
        yield f"  {style}", [o for o in answerable if o.case.style == style]
    yield NEAR, [o for o in outcomes if o.case.kind == NEAR]
    yield "off topic", [o for o in outcomes if o.case.kind in OFF_TOPIC]
    for kind in sorted({o.case.kind for o in outcomes} - {ANSWERABLE}):
        yield f"  {kind}", [o for o in outcomes if o.case.kind == kind]


def _row(group: str, outcomes: Sequence[CaseResult]) -> ScoreRow:
    count = len(outcomes)
    with_motif = [outcome for outcome in outcomes if outcome.case.motif]
    return ScoreRow(
        group=group,
        count=count,
        hit1=share(sum(o.hit(1) for o in outcomes), count),
        hit3=share(sum(o.hit(3) for o in outcomes), count),
        hit5=share(sum(o.hit(5) for o in outcomes), count),
        mrr=sum(1 / (o.rank + 1) for o in outcomes if o.rank is not None) / count,
        ndcg=sum(o.ndcg for o in outcomes) / count,
        suggested=share(sum(o.suggested for o in with_motif), len(with_motif)),
        refused=share(sum(o.refused for o in outcomes), count),
    )


def _desks(group: str, outcomes: Sequence[CaseResult]) -> DeskRow:
    count = len(outcomes)
    right = sum(o.case.belongs_to is not None and o.oriented == o.case.belongs_to for o in outcomes)
    return DeskRow(
        group=group,
        count=count,
        right=share(right, count),
        sent_on=share(sum(o.refused or o.oriented is not None for o in outcomes), count),
        first=share(sum(o.stands_first for o in outcomes), count),
        found=share(sum(o.found.verdict is Verdict.FOUND for o in outcomes), count),
    )


def share(successes: int, count: int) -> Share:
    """A share and the interval it lies in, sensible also for few cases and near 0 or 1."""
    if count == 0:
        return Share(0.0, 0.0, 1.0, 0)
    value, squared = successes / count, Z * Z
    middle = (value + squared / (2 * count)) / (1 + squared / count)
    spread = math.sqrt(value * (1 - value) / count + squared / (4 * count**2))
    half = Z * spread / (1 + squared / count)
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), count)


def worth_reading(outcomes: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    """The wrong answer given most surely, and the answerable question refused although its
    article was near."""
    answerable = [o for o in outcomes if o.case.kind == ANSWERABLE]
    wrong = [o for o in answerable if o.found.verdict is Verdict.FOUND and not o.hit(3)]
    refused = [o for o in answerable if o.refused]
    wrong.sort(key=lambda o: -o.found.hits[0].score)
    refused.sort(key=lambda o: DEPTH if o.rank is None else o.rank)
    missed = [o for o in answerable if not o.hit(3) and o not in wrong and o not in refused]
    return (*wrong[:1], *refused[:1], *wrong[1:], *missed)[:2]
