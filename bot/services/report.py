"""The report: figures for those who run the desk, counted in the database.

Times are working hours. A ticket that was not answered yet has no answer time, one that nobody
rated no score: neither counts as zero.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.conversation.session import Counted
from bot.domain.ticket import TicketStatus
from bot.domain.working_days import Region, working_time
from bot.storage.report_statistics import TicketTimes
from bot.storage.store import Database
from knowledge import KnowledgeBase
from knowledge.tools.editing import group_gaps

MOST = 10
"""Lines of each list."""

OVER = (TicketStatus.RESOLVED.value, TicketStatus.CLOSED.value)
OPEN = (TicketStatus.NEW.value, TicketStatus.IN_PROGRESS.value, TicketStatus.PENDING.value)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One thing and how often."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class DurationSpread:
    """Durations in working hours: how many, the middle one, and what nine of ten stay under."""

    count: int
    median: float | None
    ninth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything for a stretch of time; `deflection` is the share of people's matters that an
    article settled, among those that an article or a ticket did."""

    begin: datetime
    end: datetime
    filed: int
    by_theme: tuple[ReportLine, ...]
    by_sous_motif: tuple[ReportLine, ...]
    first_answer: DurationSpread
    resolution: DurationSpread
    reopened: int
    scores: tuple[ReportLine, ...]
    satisfaction: float | None
    asked: int
    solved: int
    deflection: float | None
    unanswered: tuple[ReportLine, ...]
    most_read: tuple[ReportLine, ...]
    worst_rated: tuple[ReportLine, ...]
    abandoned: tuple[ReportLine, ...]


def build_report(
    db: Database,
    knowledge: KnowledgeBase,
    begin: datetime,
    end: datetime,
    *,
    region: Region = Region.METROPOLE,
) -> Report:
    """Count what happened from `begin` up to `end`; `region` has the public holidays."""
    by_theme = db.report.filed_by_theme(begin, end)
    times = db.report.ticket_times(begin, end)
    scores = db.report.scores(begin, end)
    counted = {what: db.report.counted_by_subject(what, begin, end) for what in Counted}
    filed, solved = sum(by_theme.values()), sum(counted[Counted.SOLVED].values())
    settled = solved + filed
    return Report(
        begin=begin,
        end=end,
        filed=filed,
        by_theme=_top(by_theme),
        by_sous_motif=_top(db.report.filed_by_sous_motif(begin, end)),
        first_answer=_spread(_first_answers(times, region)),
        resolution=_spread(_resolutions(times, region)),
        reopened=sum(_is_reopened(one) for one in times),
        scores=tuple(ReportLine(str(score), scores.get(score, 0)) for score in range(1, 6)),
        satisfaction=_mean(scores),
        asked=sum(counted[Counted.ASKED].values()),
        solved=solved,
        deflection=round(solved / settled, 3) if settled else None,
        unanswered=_unanswered(db, knowledge, begin, end),
        most_read=_top(_by_title(counted[Counted.READ], knowledge)),
        worst_rated=_worst(db, knowledge),
        abandoned=_top(_by_place(counted[Counted.ABANDONED], knowledge)),
    )


def _top(counts: Mapping[str, int]) -> tuple[ReportLine, ...]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ReportLine(label, count) for label, count in ordered[:MOST])


def _mean(scores: Mapping[int, int]) -> float | None:
    rated = sum(scores.values())
    total = sum(score * count for score, count in scores.items())
    return round(total / rated, 2) if rated else None


def _spread(spans: Sequence[timedelta]) -> DurationSpread:
    if not spans:
        return DurationSpread(0, None, None)
    hours = sorted(span.total_seconds() / 3600 for span in spans)
    ninth = hours[min(len(hours) - 1, int(len(hours) * 0.9))]
    return DurationSpread(len(hours), round(median(hours), 2), round(ninth, 2))


def _first_answers(times: Sequence[TicketTimes], region: Region) -> list[timedelta]:
    return [working_time(one.filed_at, one.answered[0], region) for one in times if one.answered]


def _resolutions(times: Sequence[TicketTimes], region: Region) -> list[timedelta]:
    """From filing to the last end, of tickets that are over."""
    return [
        working_time(one.filed_at, _end_of(one), region)
        for one in times
        if one.status in OVER and any(status in OVER for status, _ in one.statuses)
    ]


def _end_of(times: TicketTimes) -> datetime:
    """The first end after the last time it was open: closing a resolved ticket is no later end."""
    ends = [at for status, at in times.statuses if status in OVER]
    opened = [at for status, at in times.statuses if status in OPEN]
    after = [at for at in ends if not opened or at >= opened[-1]]
    return after[0] if after else ends[-1]


def _is_reopened(times: TicketTimes) -> bool:
    statuses = [status for status, _ in times.statuses]
    return any(before in OVER and after in OPEN for before, after in pairwise(statuses))


def _unanswered(
    db: Database, knowledge: KnowledgeBase, begin: datetime, end: datetime
) -> tuple[ReportLine, ...]:
    gaps = group_gaps(db.report.unanswered_between(begin, end), knowledge)
    return tuple(ReportLine(gap.wording, gap.weight) for gap in gaps[:MOST])


def _worst(db: Database, knowledge: KnowledgeBase) -> tuple[ReportLine, ...]:
    """Articles that more people found useless than useful, in their present version."""
    useless = db.report.net_useless_votes()
    lines = [
        ReportLine(article.title, count)
        for article in knowledge.articles.values()
        if (count := useless.get((article.slug, article.version), 0)) > 0
    ]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.label))[:MOST])


def _by_title(counts: Mapping[str, int], knowledge: KnowledgeBase) -> Counter[str]:
    found: Counter[str] = Counter()
    for slug, count in counts.items():
        article = knowledge.article(slug)
        found[article.title if article else slug] += count
    return found


def _by_place(counts: Mapping[str, int], knowledge: KnowledgeBase) -> Counter[str]:
    """Where forms were left: « Taux de cotisation · SIRET »."""
    fields, found = knowledge.catalogue.fields, Counter[str]()
    for subject, count in counts.items():
        path, _, where = subject.partition("#")
        sous_motif = knowledge.catalogue.sous_motif(path)
        label = sous_motif.label if sous_motif else path
        field = fields.get(where)
        found[f"{label} · {field.label if field else SCREENS.get(where, where)}"] += count
    return found


SCREENS = {
    "describing": "description",
    "reviewing": "récapitulatif",
    "leaving": "abandon confirmé",
    "resuming": "reprise d'un brouillon",
    "reading_first": "articles proposés d'abord",
    "confirming_sous_motif": "confirmation du sous-motif",
    "choosing_line": "choix d'une ligne à modifier",
    "expired": "brouillon expiré",
}
