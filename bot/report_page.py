"""The report as a page: one HTML file that can be sent on, its charts drawn as inline SVG.

Nothing in it is loaded from anywhere. Each chart says its numbers in words as well.
"""

from collections.abc import Sequence
from html import escape

from bot.domain.clock import in_paris
from bot.report import Line, Report, Spread

BAR, GAP, LABEL, WIDTH = 22, 8, 320, 320

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; }
dt { color: GrayText; } dd { margin: 0; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; }
svg text { font-size: 13px; fill: CanvasText; } svg rect { fill: #3b6ea5; }
"""


def render_page(report: Report) -> str:
    """The whole page."""
    begin, end = in_paris(report.begin), in_paris(report.end)
    title = f"Guichet, du {begin:%d/%m/%Y} au {end:%d/%m/%Y}"
    charts = "".join(_chart(heading, lines) for heading, lines in charts_of(report))
    return (
        f'<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{_figures(report)}{charts}</body>\n</html>\n"
    )


def figures_of(report: Report) -> list[tuple[str, str]]:
    """The single figures, with their names."""
    return [
        ("Demandes déposées", str(report.filed)),
        ("Première réponse (heures ouvrées)", spread_words(report.first_answer)),
        ("Résolution (heures ouvrées)", spread_words(report.resolution)),
        ("Demandes rouvertes", str(report.reopened)),
        ("Satisfaction moyenne", _number(report.satisfaction, " sur 5")),
        ("Questions posées", str(report.asked)),
        ("Réglées par un article", str(report.solved)),
        ("Part réglée sans demande", _share(report.deflection)),
    ]


def charts_of(report: Report) -> list[tuple[str, Sequence[Line]]]:
    """The lists, with their headings."""
    return [
        ("Demandes par thème", report.by_theme),
        ("Demandes par sous-motif", report.by_sous_motif),
        ("Satisfaction, de 1 à 5", report.scores),
        ("Questions restées sans réponse", report.unanswered),
        ("Articles les plus lus", report.most_read),
        ("Articles les moins utiles (votes négatifs de plus)", report.worst_rated),
        ("Où les formulaires sont abandonnés", report.abandoned),
    ]


def spread_words(spread: Spread) -> str:
    if spread.median is None or spread.ninth is None:
        return "aucune"
    return (
        f"médiane {_comma(spread.median)} h, neuf sur dix en moins de {_comma(spread.ninth)} h "
        f"({spread.count})"
    )


def _number(value: float | None, unit: str) -> str:
    return "non évaluée" if value is None else f"{_comma(value)}{unit}"


def _share(value: float | None) -> str:
    return "non évaluée" if value is None else f"{_comma(round(100 * value, 1))} %"


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _figures(report: Report) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in figures_of(report)
    )
    return f"<dl>\n{rows}</dl>\n"


def _chart(heading: str, lines: Sequence[Line]) -> str:
    """Horizontal bars, their labels beside them."""
    begin = f"<h2>{escape(heading)}</h2>\n"
    most = max((line.count for line in lines), default=0)
    if most == 0:
        return f"{begin}<p>Rien sur cette période.</p>\n"
    height = len(lines) * (BAR + GAP)
    said = "; ".join(f"{line.label} : {line.count}" for line in lines)
    bars = "".join(_bar(line, place, most) for place, line in enumerate(lines))
    return (
        f'{begin}<svg role="img" viewBox="0 0 {LABEL + WIDTH + 60} {height}" '
        f'width="{LABEL + WIDTH + 60}" height="{height}">\n'
        f"<title>{escape(heading)}</title><desc>{escape(said)}</desc>\n{bars}</svg>\n"
    )


def _bar(line: Line, place: int, most: int) -> str:
    top, width = place * (BAR + GAP), round(WIDTH * line.count / most)
    label = line.label if len(line.label) <= 46 else f"{line.label[:45]}…"
    middle = top + BAR - 6
    return (
        f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LABEL}" y="{top}" width="{width}" height="{BAR}"/>'
        f'<text x="{LABEL + width + 8}" y="{middle}">{line.count}</text>\n'
    )
