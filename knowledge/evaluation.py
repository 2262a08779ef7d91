"""How good the search is: questions with the articles that answer them, in; shares with their
doubt, out."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.search.confidence import Found, Verdict
from knowledge.tools.evaluation import Case, misspelled

DEPTH = 10
"""Hits that are looked at."""
Z = 1.96
"""95 % confidence."""
ANSWERABLE = "answerable"
OFF_TOPIC = ("out_of_scope", "chitchat")
PLAIN_STYLES = ("plain", "keyword")


@dataclass(frozen=True, slots=True)
class Outcome:
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
class Row:
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


@dataclass(frozen=True, slots=True)
class Report:
    """The whole evaluation: rows by style and kind, latency, and the failures worth reading
    first."""

    rows: tuple[Row, ...]
    p50: float
    p99: float
    failures: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        failures = [
            {"q": o.case.question, "hits": [h.slug for h in o.found.hits[:3]]}
            for o in self.failures
        ]
        rows = [asdict(row) for row in self.rows]
        return {"rows": rows, "p50_ms": self.p50, "p99_ms": self.p99, "failures": failures}

    def __str__(self) -> str:
        head = f"{'':28}{'n':>5}  {'hit@1':20}{'hit@3':20}{'hit@5':20}{'MRR':>6}{'nDCG':>7}  "
        lines = [head + f"{'suggéré@3':20}{'refusé':20}", *(_line(row) for row in self.rows)]
        lines.append(f"latence p50 {self.p50:.2f} ms, p99 {self.p99:.2f} ms (temps processeur)")
        lines += [_told(outcome) for outcome in self.failures]
        return "\n".join(lines)


def evaluate(
    base: KnowledgeBase, cases: Iterable[Case], *, clock: Callable[[], float], noise: bool = False
) -> Report:
    """Ask every question; `clock` gives seconds, `noise` misspells the questions first."""
    outcomes = [_ask(base, case, clock, noise=noise) for case in cases]
    times = sorted(outcome.milliseconds for outcome in outcomes) or [0.0]
    rows = tuple(_row(name, group) for name, group in _groups(outcomes) if group)
    return Report(rows, _quantile(times, 0.5), _quantile(times, 0.99), worth_reading(outcomes))


def _ask(base: KnowledgeBase, case: Case, clock: Callable[[], float], *, noise: bool) -> Outcome:
    question = misspelled(case.question) if noise else case.question
    start = clock()
    base.search(question)
    milliseconds = (clock() - start) * 1000
    found = base.search(question, limit=DEPTH)
    right = [hit.slug in case.topics for hit in found.hits]
    suggested = case.motif in {suggestion.path for suggestion in base.suggest(question)}
    rank = right.index(True) if True in right else None
    return Outcome(case, found, rank, _ndcg(right, len(case.topics)), suggested, milliseconds)


def _ndcg(right: Sequence[bool], relevant: int) -> float:
    ideal = sum(1 / math.log2(place + 2) for place in range(min(relevant, DEPTH)))
    gain = sum(1 / math.log2(place + 2) for place, is_right in enumerate(right) if is_right)
    return gain / ideal if ideal else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _groups(outcomes: Sequence[Outcome]) -> Iterable[tuple[str, list[Outcome]]]:
    """Answerable questions all together, in two halves and by style; then the other kinds."""
    answerable = [o for o in outcomes if o.case.kind == ANSWERABLE]
    plain = [o for o in answerable if o.case.style in PLAIN_STYLES]
    yield "answerable", answerable
    yield "answerable, plain or keyword", plain
    yield "answerable, other styles", [o for o in answerable if o.case.style not in PLAIN_STYLES]
    for style in sorted({o.case.style for o in answerable}):
        yield f"  {style}", [o for o in answerable if o.case.style == style]
    yield "off topic", [o for o in outcomes if o.case.kind in OFF_TOPIC]
    for kind in sorted({o.case.kind for o in outcomes} - {ANSWERABLE}):
        yield f"  {kind}", [o for o in outcomes if o.case.kind == kind]


def _row(group: str, outcomes: Sequence[Outcome]) -> Row:
    count = len(outcomes)
    return Row(
        group=group,
        count=count,
        hit1=share(sum(o.hit(1) for o in outcomes), count),
        hit3=share(sum(o.hit(3) for o in outcomes), count),
        hit5=share(sum(o.hit(5) for o in outcomes), count),
        mrr=sum(1 / (o.rank + 1) for o in outcomes if o.rank is not None) / count,
        ndcg=sum(o.ndcg for o in outcomes) / count,
        suggested=_suggested([o for o in outcomes if o.case.motif]),
        refused=share(sum(o.refused for o in outcomes), count),
    )


def _suggested(outcomes: Sequence[Outcome]) -> Share:
    return share(sum(o.suggested for o in outcomes), len(outcomes))


def share(successes: int, count: int) -> Share:
    """A share and the interval it lies in, sensible also for few cases and near 0 or 1."""
    if count == 0:
        return Share(0.0, 0.0, 1.0, 0)
    value, squared = successes / count, Z * Z
    middle = (value + squared / (2 * count)) / (1 + squared / count)
    half = (
        Z
        / (1 + squared / count)
        * math.sqrt(value * (1 - value) / count + squared / (4 * count**2))
    )
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), count)


def worth_reading(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The wrong answer given most surely, and the answerable question refused although its
    article was near."""
    answerable = [o for o in outcomes if o.case.kind == ANSWERABLE]
    wrong = [o for o in answerable if o.found.verdict is Verdict.FOUND and not o.hit(3)]
    refused = [o for o in answerable if o.refused]
    wrong.sort(key=lambda o: -o.found.hits[0].score)
    refused.sort(key=lambda o: DEPTH if o.rank is None else o.rank)
    missed = [o for o in answerable if not o.hit(3) and o not in wrong and o not in refused]
    return (*wrong[:1], *refused[:1], *wrong[1:], *missed)[:2]


def _line(row: Row) -> str:
    shares = (row.hit1, row.hit3, row.hit5)
    hits = "".join(f"{share!s:20}" for share in shares)
    ends = "".join(f"{share!s:20}" for share in (row.suggested, row.refused))
    return f"{row.group:28}{row.count:5}  {hits}{row.mrr:6.3f}{row.ndcg:7.3f}  {ends}"


def _told(outcome: Outcome) -> str:
    hits = ", ".join(hit.slug for hit in outcome.found.hits[:3])
    wanted = ", ".join(outcome.case.topics)
    asked = f"« {outcome.case.question} » ({outcome.found.verdict})"
    return f"à lire : {asked} : {hits} ; attendu : {wanted}"
