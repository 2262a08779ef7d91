"""The report as a page: one HTML file that can be sent on, its charts drawn as inline SVG.

Nothing in it is loaded from anywhere. Each chart says its numbers in words as well.
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from bot.domain.dates import in_paris
from bot.services.report import DurationSpread, Report, ReportLine

LINE, BAR, GAP, WIDTH, NUMBER = 20, 14, 12, 600, 60
"""Heights of a label, its bar and the room below; widths of the longest bar and its number."""

LONGEST = 90  # characters of a label: what goes beyond the chart is cut

HOURS = "Heures ouvrées : du lundi au vendredi, de 9 h à 17 h, hors jours fériés."

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; }
svg text { font-size: 14px; fill: CanvasText; } svg rect { fill: #3b6ea5; }
section { break-inside: avoid; } h2 { break-after: avoid; }
@media print { :root { color-scheme: light; } body { margin: 0; font-size: 11pt; } }
"""


def render_page(report: Report) -> str:
    """The whole page."""
    title = period_words(report)
    charts = "".join(_chart(heading, lines) for heading, lines in charts_of(report))
    return (
        f'<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{_figures(report)}<p>{escape(HOURS)}</p>\n{charts}</body>\n</html>\n"
    )


def period_words(report: Report) -> str:
    """« Activité du guichet du 01/11/2026 au 30/11/2026 »: the last day is one that counts."""
    first, last = in_paris(report.begin), in_paris(report.end - timedelta(seconds=1))
    return f"Activité du guichet du {first:%d/%m/%Y} au {last:%d/%m/%Y}"


def figures_of(report: Report) -> list[tuple[str, str]]:
    """The single figures, with their names."""
    return [
        ("Demandes déposées", str(report.filed)),
        ("Première réponse (heures ouvrées)", spread_words(report.first_answer)),
        ("Résolution (heures ouvrées)", spread_words(report.resolution)),
        ("Demandes rouvertes", str(report.reopened)),
        ("Satisfaction moyenne", _mean(report.satisfaction)),
        ("Questions posées", str(report.asked)),
        ("Réglées par un article", str(report.solved)),
        ("Part réglée sans demande", _share(report.deflection)),
    ]


def charts_of(report: Report) -> list[tuple[str, Sequence[ReportLine]]]:
    """The lists, with their headings."""
    return [
        ("Demandes par thème", report.by_theme),
        ("Demandes par sous-motif", report.by_sous_motif),
        ("Notes de satisfaction", _scores(report.scores)),
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


def _scores(scores: Sequence[ReportLine]) -> list[ReportLine]:
    return [ReportLine(f"{line.label} sur 5", line.count) for line in scores]


def _mean(value: float | None) -> str:
    return "pas encore notée" if value is None else f"{_comma(value)} sur 5"


def _share(value: float | None) -> str:
    return "pas encore connue" if value is None else f"{_comma(round(100 * value, 1))} %"


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _figures(report: Report) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in figures_of(report)
    )
    return f"<dl>\n{rows}</dl>\n"


def _chart(heading: str, lines: Sequence[ReportLine]) -> str:
    """Horizontal bars, each under its label and before its number."""
    begin = f"<section>\n<h2>{escape(heading)}</h2>\n"
    most = max((line.count for line in lines), default=0)
    if most == 0:
        return f"{begin}<p>Rien sur cette période.</p>\n</section>\n"
    width, height = WIDTH + NUMBER, len(lines) * (LINE + BAR + GAP)
    said = "; ".join(f"{line.label} : {line.count}" for line in lines)
    bars = "".join(_bar(line, place, most) for place, line in enumerate(lines))
    return (
        f'{begin}<svg role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">\n'
        f"<title>{escape(heading)}</title><desc>{escape(said)}</desc>\n{bars}</svg>\n</section>\n"
    )


def _bar(line: ReportLine, place: int, most: int) -> str:
    top, width = place * (LINE + BAR + GAP), round(WIDTH * line.count / most)
    label = line.label if len(line.label) <= LONGEST else f"{line.label[: LONGEST - 1]}…"
    return (
        f'<text x="0" y="{top + LINE - 6}">{escape(label)}</text>'
        f'<rect x="0" y="{top + LINE}" width="{width}" height="{BAR}"/>'
        f'<text x="{width + 8}" y="{top + LINE + BAR - 2}">{line.count}</text>\n'
    )
