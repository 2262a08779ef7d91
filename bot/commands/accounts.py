"""`guichet accounts`, `guichet invite`: the register imported and exported, holders invited."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import segno
import typer

from bot.clock import utc_now
from bot.commands.common import (
    fail,
    fail_on_answer,
    load_settings,
    load_store,
    local_user,
    plain,
    refuse_number,
    say,
    show_rows,
)
from bot.conversation.accounts.documents import import_preview, no_accounts, refused_line
from bot.conversation.texts import text
from bot.domain.account_columns import MissingColumnError
from bot.domain.account_import import ImportPlan, export_rows
from bot.domain.dates import day_in_paris, format_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import parse_siret
from bot.domain.people import Employer, parse_employer_name
from bot.domain.spreadsheet import (
    Sheet,
    SheetRow,
    UnreadableSpreadsheetError,
    write_csv,
    write_xlsx,
)
from bot.services.account_admin import Actor, invite, plan_sheet, revoke, write_import
from bot.services.spreadsheet_reader import read_apart
from bot.storage.store import Database

app = typer.Typer(help="Le registre des comptes PEP's d'un employeur.", no_args_is_help=True)

MANY_LINES = 500  # so many that one may wonder
YES, NO = ("o", "oui", "y", "yes"), ("n", "non", "no")
SiretOption = Annotated[str, typer.Option("--siret", help="L'employeur, 14 chiffres.")]
_File = Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV ou XLSX.")]


@app.command("import")
def import_file(
    file: _File,
    siret: SiretOption,
    name: Annotated[str, typer.Option(help="Le nom de l'employeur, s'il est nouveau.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="L'aperçu seulement.")] = False,
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Écrit le reste si des lignes sont refusées.")
    ] = False,
) -> None:
    """Importe un fichier de comptes, après un aperçu.

    Dans un terminal, demande avant d'écrire ; sans terminal, écrit, sauf avec --dry-run.
    Si des lignes sont refusées, un terminal propose d'écrire les autres ; un script sort avec
    le code 1 sans rien écrire, sauf avec --skip-refused.
    """
    number, sheets, now, actor = _siret(siret), _read(file), utc_now(), Actor(local_user())
    settings, store = load_settings(), load_store()
    with store.read() as db:  # nothing is locked while somebody reads the preview
        register = db.accounts.load(number)
    fresh = register is None
    register = register or EmployerAccounts(employer=Employer(number, _employer_name(name, number)))
    plan = _plan(register, sheets, now, settings.account_months)
    preview = plain(import_preview(replace(plan, refused=())))
    say("\n".join(line for line in preview.splitlines() if line.strip()))
    for line in plan.refused:
        say(plain(refused_line(line)), err=True)
    if plan.refused and not skip_refused and not _at_terminal():
        fail("Des lignes sont refusées : rien n'est écrit (--skip-refused écrit les autres).")
    question = "Écrire les autres lignes ?" if plan.refused else "Écrire ces changements ?"
    if dry_run or (plan.is_empty and not fresh) or not _agreed(question):
        say("Rien n'est écrit.")
        return
    with store.transaction() as db:
        present = db.accounts.load(number, lock=True) or EmployerAccounts(
            employer=register.employer
        )
        unchanged = present == register
        again = plan if unchanged else _plan(present, sheets, now, settings.account_months)
        if _written(again) != _written(plan):
            fail("Le registre a changé depuis l'aperçu : rien n'est écrit. Relancez la commande.")
        written_at = utc_now()
        if db.accounts.add_employer(present.employer, written_at):
            db.audit_log.add(actor.who, "employer.added", number, "", written_at)
        write_import(db, present, again, actor, written_at)
    say(plain(text("sheet.written", new=len(plan.new), changed=len(plan.changed))))


def _written(plan: ImportPlan) -> object:
    """What a plan would write, to compare two of them: the ids of new accounts are made up."""
    new = tuple(replace(account, id="") for account in plan.new)
    return new, plan.changed, plan.refused


def _plan(
    register: EmployerAccounts, sheets: Sequence[Sheet], now: datetime, months: int
) -> ImportPlan:
    try:
        return plan_sheet(register, sheets, now, months, _with_progress)
    except MissingColumnError as error:
        fail(plain(no_accounts(error.found)))


def _with_progress(rows: Iterable[SheetRow]) -> Iterator[SheetRow]:
    """The lines, with a bar at a terminal that moves as they are read."""
    lines = list(rows)
    if len(lines) < MANY_LINES or not sys.stderr.isatty():
        yield from lines
        return
    with typer.progressbar(lines, label="Lecture des lignes", file=sys.stderr) as read:
        yield from read


def _at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agreed(question: str) -> bool:
    """A person at a terminal is asked; a script has decided by running the command."""
    if not _at_terminal():
        return True
    while True:
        typed = typer.prompt(f"{question} [o/N]", default="n", show_default=False)
        if typed.strip().casefold() in (*YES, *NO):
            return typed.strip().casefold() in YES


@app.command("export")
def export_file(file: _File, siret: SiretOption) -> None:
    """Écrit le registre d'un employeur dans un fichier, CSV ou XLSX selon son nom."""
    number = _siret(siret)
    with load_store().transaction() as db:
        register = _register(db, number)
        detail = f"accounts={len(register.accounts)}"
        db.audit_log.add(local_user(), "accounts.exported", number, detail, utc_now())
    write = write_xlsx if file.suffix.lower() == ".xlsx" else write_csv
    file.touch(mode=0o600)
    file.write_bytes(write(export_rows(register)))
    say(f"{len(register.accounts)} comptes dans {file}.")


@app.command("list")
def list_accounts(siret: SiretOption) -> None:
    """Les comptes d'un employeur, du plus urgent au moins urgent."""
    with load_store().read() as db:
        register = _register(db, _siret(siret))
    today, rows = day_in_paris(utc_now()), []
    for one in register.by_urgency(today):
        day = format_date(one.expires) + (" (estimée)" if one.estimated else "")
        left = str(one.days_left(today))
        role = plain(text(f"button.role_{one.role}"))
        rows.append((one.identifier, one.holder.name, role, day, left))
    headings = ("identifiant", "nom", "profil", "expire le", "jours")
    show_rows(rows, *headings, empty="Aucun compte.")


def invite_command(
    siret: SiretOption,
    account: Annotated[str, typer.Option("--account", help="L'identifiant du compte.")],
    end: Annotated[bool, typer.Option("--revoke", help="Annule l'invitation en cours.")] = False,
) -> None:
    """Invite le titulaire d'un compte du registre : un lien et son code QR, une fois, 7 jours."""
    settings, now, actor = load_settings(), utc_now(), Actor(local_user())
    with load_store().transaction() as db:
        number = _siret(siret)
        found = _register(db, number).named(account.strip().upper())
        if found is None:
            fail(f"Le compte {account} n'est pas au registre de cet employeur.")
        if end:
            ended = revoke(db, number, found.id, actor, now)
            say(f"Invitations annulées : {ended}.")
            return
        code = invite(db, number, found.id, actor, now)
    link = f"{settings.bot_link}?start=i_{code}" if settings.bot_link else f"/start i_{code}"
    role = plain(text(f"role.{found.role}"))
    say(f"Invitation pour {found.holder.name}, {role}, 7 jours, une fois :")
    say(link)
    if settings.bot_link:
        segno.make(link, error="m").terminal(border=2, compact=True)
    else:
        say("(TELEGRAM_USERNAME donne un lien et un code QR au lieu d'une commande.)")


def _siret(typed: str) -> str:
    try:
        return parse_siret(typed)
    except InvalidAnswerError as error:
        fail_on_answer(error)


def _register(db: Database, siret: str) -> EmployerAccounts:
    register = db.accounts.load(siret)
    if register is None:
        fail(f"L'employeur {siret} n'a pas de registre. Importez-le : guichet accounts import …")
    return register


def _employer_name(name: str, siret: str) -> str:
    if not name:
        return f"Établissement {siret}"
    refuse_number(name)
    try:
        return parse_employer_name(name)
    except InvalidAnswerError as error:
        fail_on_answer(error)


def _read(file: Path) -> list[Sheet]:
    try:
        return read_apart(file.read_bytes())
    except UnreadableSpreadsheetError as error:
        fail(plain(text(f"sheet.{error.fault}", line=error.line)))
    except OSError as error:
        fail(f"{file} ne se lit pas : {error.strerror}.")
