"""The report: figures for those who run the desk, counted from the register.

Times are working hours. A ticket that was not answered yet has no answer time, one that nobody
rated no score: neither counts as zero.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.conversation.statistics import Counted
from bot.domain.ticket import Happening, Ticket, TicketStatus
from bot.domain.working_days import Region, working_time
from bot.storage.store import Database
from knowledge import KnowledgeBase
from knowledge.tools.editing import group_gaps

MOST = 10
"""Lines of each list."""

OVER = (TicketStatus.RESOLVED.value, TicketStatus.CLOSED.value)
OPEN = (TicketStatus.NEW.value, TicketStatus.IN_PROGRESS.value, TicketStatus.PENDING.value)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing and how often."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
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
    by_theme: tuple[Line, ...]
    by_sous_motif: tuple[Line, ...]
    first_answer: Spread
    resolution: Spread
    reopened: int
    scores: tuple[Line, ...]
    satisfaction: float | None
    asked: int
    solved: int
    deflection: float | None
    unanswered: tuple[Line, ...]
    most_read: tuple[Line, ...]
    worst_rated: tuple[Line, ...]
    abandoned: tuple[Line, ...]


def build_report(
    db: Database,
    knowledge: KnowledgeBase,
    begin: datetime,
    end: datetime,
    *,
    region: Region = Region.METROPOLE,
) -> Report:
    """Count what happened from `begin` up to `end`; `region` has the public holidays."""
    tickets = db.tickets.filed_between(begin, end)
    histories = [db.ticket_messages.history(ticket.reference) for ticket in tickets]
    counted = {what: db.statistics.counted(what, begin, end) for what in Counted}
    subjects = {what: [one.subject for one in found] for what, found in counted.items()}
    solved, scores = len(subjects[Counted.SOLVED]), [t.score for t in tickets if t.score]
    settled = solved + len(tickets)
    return Report(
        begin=begin,
        end=end,
        filed=len(tickets),
        by_theme=_top(ticket.request.labels[0] for ticket in tickets),
        by_sous_motif=_top(ticket.request.labels[2] for ticket in tickets),
        first_answer=_spread(_first_answers(tickets, histories, region)),
        resolution=_spread(_resolutions(tickets, histories, region)),
        reopened=sum(_is_reopened(history) for history in histories),
        scores=tuple(Line(str(score), scores.count(score)) for score in range(1, 6)),
        satisfaction=round(sum(scores) / len(scores), 2) if scores else None,
        asked=len(subjects[Counted.ASKED]),
        solved=solved,
        deflection=round(solved / settled, 3) if settled else None,
        unanswered=_unanswered(db, knowledge, begin, end),
        most_read=_top(_titles(subjects[Counted.READ], knowledge)),
        worst_rated=_worst(db, knowledge),
        abandoned=_top(_places(subjects[Counted.ABANDONED], knowledge)),
    )


def _top(labels: Iterable[str]) -> tuple[Line, ...]:
    ordered = sorted(Counter(labels).items(), key=lambda one: (-one[1], one[0]))
    return tuple(Line(label, count) for label, count in ordered[:MOST])


def _spread(spans: Sequence[timedelta]) -> Spread:
    if not spans:
        return Spread(0, None, None)
    hours = sorted(span.total_seconds() / 3600 for span in spans)
    ninth = hours[min(len(hours) - 1, int(len(hours) * 0.9))]
    return Spread(len(hours), round(median(hours), 2), round(ninth, 2))


def _first_answers(
    tickets: Sequence[Ticket], histories: Sequence[tuple[Happening, ...]], region: Region
) -> list[timedelta]:
    return [
        working_time(ticket.filed_at, answered[0], region)
        for ticket, history in zip(tickets, histories, strict=True)
        if (answered := [one.at for one in history if one.what == "answered"])
    ]


def _resolutions(
    tickets: Sequence[Ticket], histories: Sequence[tuple[Happening, ...]], region: Region
) -> list[timedelta]:
    """To the last end of those that are over: a ticket that was reopened took until its last."""
    spans = []
    for ticket, history in zip(tickets, histories, strict=True):
        ends = [one.at for one in history if one.what == "status" and one.detail in OVER]
        if ends and ticket.status.value in OVER:
            spans.append(working_time(ticket.filed_at, _end_of(history, ends), region))
    return spans


def _end_of(history: tuple[Happening, ...], ends: list[datetime]) -> datetime:
    """The first end after the last time that it was open: closing what is resolved is no more."""
    opened = [one.at for one in history if one.what == "status" and one.detail in OPEN]
    after = [at for at in ends if not opened or at >= opened[-1]]
    return after[0] if after else ends[-1]


def _is_reopened(history: tuple[Happening, ...]) -> bool:
    statuses = [one.detail for one in history if one.what == "status"]
    return any(before in OVER and after in OPEN for before, after in pairwise(statuses))


def _unanswered(
    db: Database, knowledge: KnowledgeBase, begin: datetime, end: datetime
) -> tuple[Line, ...]:
    asked = [one.question for one in db.statistics.unanswered() if begin <= one.asked_at < end]
    gaps = group_gaps(asked, knowledge)
    return tuple(Line(gap.wording, gap.weight) for gap in gaps[:MOST])


def _titles(slugs: Iterable[str], knowledge: KnowledgeBase) -> list[str]:
    found = ((slug, knowledge.article(slug)) for slug in slugs)
    return [article.title if article else slug for slug, article in found]


def _worst(db: Database, knowledge: KnowledgeBase) -> tuple[Line, ...]:
    """Articles that more people found useless than useful, in their present version."""
    lines = []
    for article in knowledge.articles.values():
        tally = db.statistics.votes(article.slug, article.version)
        if tally.not_useful > tally.useful:
            lines.append(Line(article.title, tally.not_useful - tally.useful))
    return tuple(sorted(lines, key=lambda line: (-line.count, line.label))[:MOST])


def _places(subjects: Iterable[str], knowledge: KnowledgeBase) -> list[str]:
    """« Taux de cotisation, à la question : SIRET »."""
    fields, places = knowledge.catalogue.fields, []
    for subject in subjects:
        path, _, where = subject.partition("#")
        sous_motif = knowledge.catalogue.sous_motif(path)
        label = sous_motif.label if sous_motif else path
        field = fields.get(where)
        places.append(f"{label} · {field.label if field else SCREENS.get(where, where)}")
    return places


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
