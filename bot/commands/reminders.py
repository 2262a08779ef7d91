"""`guichet reminders`: what is due on a day, why the rest is not, and its sending."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.clock import utc_now
from bot.commands.common import load_app, load_settings, load_store, show_table
from bot.domain.dates import day_in_paris
from bot.domain.reminder_rules import DueReminder, Recipient, due_reminders, held_reminders
from bot.services.reminders import DailyReminders, ReminderDay, read_reminder_day
from bot.storage.store import Database

WORDS = {
    "no_administrator": "aucun administrateur lié",
    "unreachable": "administrateurs injoignables",
    "not_open": "fenêtre fermée",
    "already_told": "déjà rappelé",
    "day_off": "jour non ouvré",
    "to_be_deleted": "compte à supprimer",
}


def reminders(
    today: Annotated[
        datetime | None,
        typer.Option("--today", formats=["%Y-%m-%d"], help="Un autre jour : AAAA-MM-JJ."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un objet par ligne.")] = False,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="Aussi ce qui n'est pas dû, et pourquoi.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Met les messages dus en file.")] = False,
) -> None:
    """Les rappels dus un jour donné, employeur par employeur."""
    now = utc_now()
    day = today.date() if today else day_in_paris(now)
    settings = load_settings()
    with load_store().read() as db:
        round_ = read_reminder_day(db, day, settings.calendar, can_mail=settings.can_mail)
        found = list(_lines(db, round_, why_not=why_not))
    if as_json:
        for line in found:
            typer.echo(json.dumps(line, ensure_ascii=False))
    else:
        _show(found)
    if send:
        app = load_app()
        sent = DailyReminders(app.helpdesk.config, settings.calendar).run(now, day)
        typer.echo(f"{sent} messages mis en file.", err=True)


Line = dict[str, str | int | bool | list[str] | None]


def _lines(db: Database, round_: ReminderDay, *, why_not: bool) -> Iterator[Line]:
    today, calendar = round_.today, round_.calendar
    for front in round_.employers.values():
        for due in due_reminders(front, round_.told, today, calendar):
            yield _as_dict(db, due)
        if why_not:
            for held in held_reminders(front, round_.told, today, calendar):
                yield _as_dict(db, held)


def _as_dict(db: Database, due: DueReminder) -> Line:
    deadline = due.deadline
    return {
        "siret": deadline.siret,
        "account": deadline.identifier,
        "window": due.threshold,
        "expires": deadline.expires.isoformat(),
        "estimated": deadline.estimated,
        "recipients": [_address(db, one) for one in due.recipients],
        "held_because": due.held.value if due.held else None,
    }


def _address(db: Database, recipient: Recipient) -> str:
    """Where somebody is told; an account stands for its e-mail, which is sealed."""
    if recipient.by_mail:
        return f"mail:{db.accounts.by_id([recipient.by_mail])[recipient.by_mail].identifier}"
    return db.people.address_of(recipient.person)


def _show(lines: list[Line]) -> None:
    table = Table("SIRET", "compte", "fenêtre", "expire le", "à qui", "retenu")
    for line in lines:
        recipients = line["recipients"]
        to = ", ".join(recipients) if isinstance(recipients, list) else ""
        held = WORDS.get(str(line["held_because"]), "")
        window = "le lendemain" if line["window"] == -1 else f"{line['window']} j"
        estimated = " (estimée)" if line["estimated"] else ""
        expires = f"{line['expires']}{estimated}"
        table.add_row(str(line["siret"]), str(line["account"]), window, expires, to, held)
    show_table(table if lines else "Rien n'est dû.")
