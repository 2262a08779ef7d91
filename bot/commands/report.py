"""`guichet report` and `guichet reminders`: the figures of a period; the reminders of a day."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from bot.clock import utc_now
from bot.commands.common import (
    DAY,
    AsJson,
    load_app,
    load_settings,
    load_store,
    parse_day,
    say,
    show_json,
    show_rows,
    show_table,
)
from bot.domain.dates import PARIS, day_in_paris, format_date
from bot.domain.reminder_rules import Recipient, due_reminders, held_reminders
from bot.services.reminders import DailyReminders, ReminderDay, read_reminder_day
from bot.services.report import (
    Report,
    build_report,
    charts_of,
    figures_of,
    period_words,
    render_page,
)
from bot.storage.store import Database
from knowledge import load_knowledge

USUAL = timedelta(days=30)
NOT_DUE = {
    "no_administrator": "aucun administrateur lié",
    "unreachable": "administrateurs injoignables",
    "not_open": "fenêtre fermée",
    "already_told": "déjà rappelé",
    "day_off": "jour non ouvré",
    "to_be_deleted": "compte à supprimer",
}


def report(
    begin: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar=DAY, help="Premier jour.")
    ] = None,
    end: Annotated[
        date | None, typer.Option("--to", parser=parse_day, metavar=DAY, help="Dernier jour.")
    ] = None,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option("--html", help="Écrit une page à envoyer.")] = None,
) -> None:
    """Les chiffres du guichet sur une période (par défaut, les trente derniers jours)."""
    today = day_in_paris(utc_now())
    last = end or today
    first = begin or last - USUAL
    if first > last:
        raise typer.BadParameter("le premier jour vient après le dernier", param_hint="--from")
    settings, knowledge = load_settings(), load_knowledge()
    with load_store().read() as db:
        start, stop = _midnight(first), _midnight(last + timedelta(days=1))
        found = build_report(db, knowledge, start, stop, region=settings.holidays)
    if html is not None:
        html.write_text(render_page(found), encoding="utf-8")
        say(f"Page écrite : {html}")
    elif as_json:
        show_json(asdict(found), indent=2)
    else:
        _show_figures(found)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _show_figures(found: Report) -> None:
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


def reminders(
    today: Annotated[
        date | None,
        typer.Option("--today", parser=parse_day, metavar=DAY, help="Un autre jour."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un objet par ligne.")] = False,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="Aussi ce qui n'est pas dû, et pourquoi.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Met les messages dus en file.")] = False,
) -> None:
    """Les rappels dus un jour donné, employeur par employeur."""
    now = utc_now()
    day = today or day_in_paris(now)
    settings = load_settings()
    with load_store().read() as db:
        round_ = read_reminder_day(db, day, settings.calendar, can_mail=settings.can_mail)
        found = list(_lines(db, round_, why_not=why_not))
    if as_json:
        for line in found:
            show_json(line)
    else:
        headings = ("SIRET", "compte", "fenêtre", "expire le", "à qui", "retenu")
        show_rows(map(_row, found), *headings, empty="Rien n'est dû.")
    if send:
        app = load_app()
        sent = DailyReminders(app.helpdesk.config, settings.calendar).run(now, day)
        say(f"{sent} messages mis en file.", err=True)


Line = dict[str, str | int | bool | list[str] | None]


def _lines(db: Database, day: ReminderDay, *, why_not: bool) -> Iterator[Line]:
    today, calendar = day.today, day.calendar
    for front in day.employers.values():
        due = [*due_reminders(front, day.told, today, calendar)]
        if why_not:
            due += held_reminders(front, day.told, today, calendar)
        for one in due:
            yield {
                "siret": one.deadline.siret,
                "account": one.deadline.identifier,
                "window": one.threshold,
                "expires": one.deadline.expires.isoformat(),
                "estimated": one.deadline.estimated,
                "recipients": [_address(db, person) for person in one.recipients],
                "held_because": one.held.value if one.held else None,
            }


def _address(db: Database, recipient: Recipient) -> str:
    """Where somebody is told; an account stands for its e-mail, which is sealed."""
    if recipient.by_mail:
        return f"mail:{db.accounts.by_id([recipient.by_mail])[recipient.by_mail].identifier}"
    return db.people.address_of(recipient.person)


def _row(line: Line) -> tuple[str, ...]:
    recipients = line["recipients"]
    to = ", ".join(recipients) if isinstance(recipients, list) else ""
    held = NOT_DUE.get(str(line["held_because"]), "")
    threshold = "le lendemain" if line["window"] == -1 else f"{line['window']} j"
    day = format_date(date.fromisoformat(str(line["expires"])))
    expires = f"{day}{' (estimée)' if line['estimated'] else ''}"
    return str(line["siret"]), str(line["account"]), threshold, expires, to, held
