"""`guichet report`: figures for those who run the desk, as a table, JSON or a page."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store, show_table
from bot.domain.dates import PARIS, day_in_paris
from bot.services.report import (
    Report,
    build_report,
    charts_of,
    figures_of,
    period_words,
    render_page,
)
from knowledge import load_knowledge

USUAL = timedelta(days=30)


def report(
    begin: Annotated[str, typer.Option("--from", metavar="AAAA-MM-JJ", help="Premier jour.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="AAAA-MM-JJ", help="Dernier jour.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="En JSON.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Écrit une page à envoyer.")] = None,
) -> None:
    """Les chiffres du guichet sur une période (par défaut, les trente derniers jours)."""
    today = day_in_paris(utc_now())
    last = _day(end, today)
    first = _day(begin, last - USUAL)
    if first > last:
        raise typer.BadParameter("le premier jour vient après le dernier", param_hint="--from")
    settings, knowledge = load_settings(), load_knowledge()
    with load_store().read() as db:
        found = build_report(
            db,
            knowledge,
            _midnight(first),
            _midnight(last, after=1),
            region=settings.holidays,
        )
    if html is not None:
        html.write_text(render_page(found), encoding="utf-8")
        typer.echo(f"Page écrite : {html}")
    elif as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
    else:
        _print(found)


def _day(words: str, otherwise: date) -> date:
    if not words:
        return otherwise
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"« {words} » n'est pas un jour (2026-11-23)") from None


def _midnight(day: date, *, after: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=after), time(), PARIS).astimezone(UTC)


def _print(found: Report) -> None:
    table = Table("Chiffre", "Valeur", title=period_words(found), title_justify="left")
    for name, value in figures_of(found):
        table.add_row(name, value)
    show_table(table)
    for heading, lines in charts_of(found):
        listed = Table(heading, Column("Nombre", justify="right"))
        for line in lines:
            if line.count:
                listed.add_row(line.label, str(line.count))
        if listed.row_count:
            show_table(listed)
