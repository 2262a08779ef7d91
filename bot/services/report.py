"""The report: figures for those who run the desk, counted in the database, and shown as a page.

Times are working hours. A ticket that was not answered yet has no answer time, one that nobody
rated no score: neither counts as zero. The page is one HTML file that can be sent on and read on a
phone: nothing is loaded from anywhere, and each bar of a chart has its label and number as text.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import pairwise
from statistics import fmean, median

from bot.conversation.session import Counted
from bot.domain.dates import in_paris
from bot.domain.ticket import TicketStatus
from bot.domain.working_days import Region, working_time
from bot.storage.statistics import TicketTimes
from bot.storage.store import Database
from knowledge import KnowledgeBase
from knowledge.tools.editing import group_gaps

MOST = 10
"""Lines of each list."""

OVER = (TicketStatus.RESOLVED.value, TicketStatus.CLOSED.value)
OPEN = (TicketStatus.NEW.value, TicketStatus.IN_PROGRESS.value, TicketStatus.PENDING.value)

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
"""Where forms are left, besides their fields."""

LONGEST_BAR = 80  # of a hundred: its number stands beside it

HOURS = "Heures ouvrées : du lundi au vendredi, de 9 h à 17 h, hors jours fériés."

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
body { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, 18rem) 1fr; gap: .3rem 1.2rem; }
dd, ul { margin: 0; padding: 0; font-variant-numeric: tabular-nums; list-style: none; }
li { margin-bottom: .7rem; }
i { display: inline-block; height: .9rem; margin-right: .5rem; background: #3b6ea5; }
section { break-inside: avoid; } h2 { break-after: avoid; }
@media print { :root { color-scheme: light; } body { margin: 0; font-size: 11pt; } }
@media print { i { print-color-adjust: exact; } }
"""


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
    rated = list(Counter(scores).elements())
    counted = {what: db.report.counted_by_subject(what, begin, end) for what in Counted}
    filed, solved = sum(by_theme.values()), sum(counted[Counted.SOLVED].values())
    gaps = group_gaps(db.report.unanswered_between(begin, end), knowledge)
    return Report(
        begin=begin,
        end=end,
        filed=filed,
        by_theme=_top(by_theme),
        by_sous_motif=_top(db.report.filed_by_sous_motif(begin, end)),
        first_answer=_spread(
            [working_time(one.filed_at, one.answered[0], region) for one in times if one.answered]
        ),
        resolution=_spread(
            [
                working_time(one.filed_at, _end_of(one), region)
                for one in times
                if one.status in OVER and any(status in OVER for status, _ in one.statuses)
            ]
        ),
        reopened=sum(_is_reopened(one) for one in times),
        scores=tuple(ReportLine(str(score), scores.get(score, 0)) for score in range(1, 6)),
        satisfaction=round(fmean(rated), 2) if rated else None,
        asked=sum(counted[Counted.ASKED].values()),
        solved=solved,
        deflection=round(solved / (solved + filed), 3) if solved + filed else None,
        unanswered=tuple(ReportLine(gap.wording, gap.weight) for gap in gaps[:MOST]),
        most_read=_top(_by_title(counted[Counted.READ], knowledge)),
        worst_rated=_worst(db, knowledge),
        abandoned=_top(_by_place(counted[Counted.ABANDONED], knowledge)),
    )


def _top(counts: Mapping[str, int]) -> tuple[ReportLine, ...]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ReportLine(label, count) for label, count in ordered[:MOST])


def _spread(spans: Sequence[timedelta]) -> DurationSpread:
    if not spans:
        return DurationSpread(0, None, None)
    hours = sorted(span.total_seconds() / 3600 for span in spans)
    ninth = hours[min(len(hours) - 1, int(len(hours) * 0.9))]
    return DurationSpread(len(hours), round(median(hours), 2), round(ninth, 2))


def _end_of(times: TicketTimes) -> datetime:
    """The first end after the last time it was open: closing a resolved ticket is no later end."""
    ends = [at for status, at in times.statuses if status in OVER]
    opened = [at for status, at in times.statuses if status in OPEN]
    after = [at for at in ends if not opened or at >= opened[-1]]
    return after[0] if after else ends[-1]


def _is_reopened(times: TicketTimes) -> bool:
    statuses = [status for status, _ in times.statuses]
    return any(before in OVER and after in OPEN for before, after in pairwise(statuses))


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


def render_page(report: Report) -> str:
    """The whole page."""
    title = period_words(report)
    figures = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in figures_of(report)
    )
    charts = "".join(_chart(heading, lines) for heading, lines in charts_of(report))
    return (
        f'<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"<dl>\n{figures}</dl>\n<p>{escape(HOURS)}</p>\n{charts}</body>\n</html>\n"
    )


def period_words(report: Report) -> str:
    """« Activité du guichet du 01/11/2026 au 30/11/2026 »: the last day is one that counts."""
    first, last = in_paris(report.begin), in_paris(report.end - timedelta(seconds=1))
    return f"Activité du guichet du {first:%d/%m/%Y} au {last:%d/%m/%Y}"


def figures_of(report: Report) -> list[tuple[str, str]]:
    """The single figures, with their names."""
    mean, share = report.satisfaction, report.deflection
    return [
        ("Demandes déposées", str(report.filed)),
        ("Première réponse (heures ouvrées)", spread_words(report.first_answer)),
        ("Résolution (heures ouvrées)", spread_words(report.resolution)),
        ("Demandes rouvertes", str(report.reopened)),
        ("Satisfaction moyenne", "pas encore notée" if mean is None else f"{_comma(mean)} sur 5"),
        ("Questions posées", str(report.asked)),
        ("Réglées par un article", str(report.solved)),
        (
            "Part réglée sans demande",
            "pas encore connue" if share is None else f"{_comma(round(100 * share, 1))} %",
        ),
    ]


def charts_of(report: Report) -> list[tuple[str, Sequence[ReportLine]]]:
    """The lists, with their headings."""
    return [
        ("Demandes par thème", report.by_theme),
        ("Demandes par sous-motif", report.by_sous_motif),
        (
            "Notes de satisfaction",
            [ReportLine(f"{one.label} sur 5", one.count) for one in report.scores],
        ),
        ("Questions restées sans réponse", report.unanswered),
        ("Articles les plus lus", report.most_read),
        ("Articles jugés peu utiles (« non » de plus que de « oui »)", report.worst_rated),
        ("Où les formulaires sont abandonnés", report.abandoned),
    ]


def spread_words(spread: DurationSpread) -> str:
    """« 2 h 30 pour la moitié, 6 h au plus pour neuf sur dix (12 demandes) »."""
    if spread.median is None or spread.ninth is None:
        return "aucune sur cette période"
    if spread.count == 1:
        return f"{_hours(spread.median)} (une seule demande)"
    middle, ninth = _hours(spread.median), _hours(spread.ninth)
    return f"{middle} pour la moitié, {ninth} au plus pour neuf sur dix ({spread.count} demandes)"


def _hours(value: float) -> str:
    """« 2 h 30 », « 12 min »: nobody reads 2,5 h on a clock."""
    hours, minutes = divmod(round(value * 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02}" if minutes else f"{hours} h"


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _chart(heading: str, lines: Sequence[ReportLine]) -> str:
    """Horizontal bars, each under its label and before its number."""
    begin = f"<section>\n<h2>{escape(heading)}</h2>\n"
    most = max((line.count for line in lines), default=0)
    if most == 0:
        return f"{begin}<p>Rien sur cette période.</p>\n</section>\n"
    bars = "".join(
        f"<li>{escape(line.label)}<br>"
        f'<i style="width:{LONGEST_BAR * line.count // most}%"></i>{line.count}</li>\n'
        for line in lines
    )
    return f"{begin}<ul>\n{bars}</ul>\n</section>\n"
