"""`guichet staff`, `audit`, `doctor` and `retention`: for whoever runs the desk."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.clock import utc_now
from bot.commands.common import fail, load_settings, load_store, local_user, show_table
from bot.domain.dates import PARIS, in_paris
from bot.domain.people import Colleague, StaffRole

staff = typer.Typer(help="Les personnes du bureau et leurs rôles.", no_args_is_help=True)
audit = typer.Typer(help="Le journal de ce qui a été fait.", no_args_is_help=True)

ADDRESS = re.compile(r"telegram:\d{1,15}|local:[\w.-]{1,32}")

REMOVED = {
    "drafts": "brouillons",
    "nirs": "NIR de brouillons",
    "sessions": "conversations dormantes",
    "outbox": "envois terminés",
    "received": "marques de réception",
    "held_texts": "textes en attente",
    "kept_aside": "tours échoués",
    "tickets": "demandes closes",
    "codes": "codes de confirmation passés",
    "uploads": "fichiers d'import non confirmés",
    "invitations": "invitations périmées",
    "unanswered": "questions restées sans réponse",
    "pieces": "pièces sans demande",
    "figures": "chiffres de plus de deux ans",
    "votes": "votes de plus de deux ans",
}


def doctor() -> None:
    """Vérifie réglages, base, clés, contenu et Telegram, et dit quoi faire."""
    # Loaded here: it brings an HTTP client that no other command of this family needs.
    from bot.monitoring.desk_checks import FindingLevel
    from bot.monitoring.doctor import check_everything

    words = {
        FindingLevel.GOOD: "bien",
        FindingLevel.ADVICE: "conseil",
        FindingLevel.WRONG: "à corriger",
    }
    findings = check_everything(load_settings(), utc_now())
    for finding in findings:
        typer.echo(f"{words[finding.level]:>10} · {finding.words}")
    if any(finding.level is FindingLevel.WRONG for finding in findings):
        raise typer.Exit(1)


def retention() -> None:
    """Efface ce qui a dépassé sa durée de conservation ; le robot le fait chaque heure."""
    settings = load_settings()
    with load_store().transaction() as db:
        removed = db.retention.apply(utc_now(), settings.kept)
    for name, number in asdict(removed).items():
        typer.echo(f"{number:>6} {REMOVED[name]}")


Address = Annotated[str, typer.Argument(metavar="ADRESSE", help="telegram:12345, ou local:anne.")]


@staff.command()
def add(
    address: Address,
    name: Annotated[str, typer.Option(help="Comme les collègues et les demandeurs la lisent.")],
    role: Annotated[StaffRole, typer.Option(help="advisor ou dpo.")] = StaffRole.ADVISOR,
) -> None:
    """Ajoute une personne, ou change son nom ou son rôle."""
    if not ADDRESS.fullmatch(address):
        fail("Une adresse s'écrit telegram:12345 (le numéro de la personne) ou local:anne.")
    now = utc_now()
    with load_store().transaction() as db:
        db.staff.save(Colleague(address, name.strip(), role), now)
        db.audit_log.add(local_user(), "staff.added", address, role.value, now)
    typer.echo(f"{name.strip()} ({address}) : {role}.")


@staff.command()
def remove(address: Address) -> None:
    """Retire une personne : ce qu'elle a fait garde son nom."""
    now = utc_now()
    with load_store().transaction() as db:
        removed = db.staff.remove(address, now)
        if removed:
            db.audit_log.add(local_user(), "staff.removed", address, "", now)
    if not removed:
        fail(f"{address} ne fait pas partie du bureau. La liste : guichet staff list")
    typer.echo(f"{address} est retirée du bureau.")


@staff.command("list")
def list_staff() -> None:
    """Les personnes du bureau."""
    with load_store().read() as db:
        colleagues = db.staff.all()
    table = Table("adresse", "nom", "rôle")
    for one in colleagues:
        table.add_row(one.address, one.name, one.role)
    show_table(table if colleagues else "Personne. Pour ajouter : guichet staff add")


@audit.command("list")
def list_audit(
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Depuis ce jour : AAAA-MM-JJ."),
    ] = None,
    before: Annotated[int | None, typer.Option(help="Les lignes d'avant ce numéro.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Au plus tant de lignes.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne JSON par entrée.")] = False,
) -> None:
    """Le journal, le plus récent d'abord : qui a fait quoi, quand, à quoi."""
    begin = since.replace(tzinfo=PARIS) if since else None
    with load_store().read() as db:
        entries = db.audit_log.entries(since=begin, before=before, limit=limit)
    if as_json:
        for entry in entries:
            row = asdict(entry) | {"at": entry.at.isoformat()}
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    table = Table("n°", "quand", "qui", "quoi", "à quoi", "détail")
    for entry in entries:
        at = f"{in_paris(entry.at):%d/%m/%Y %H:%M}"
        table.add_row(str(entry.seq), at, entry.who, entry.what, entry.subject, entry.detail)
    show_table(table if entries else "Le journal est vide.")
    if len(entries) == limit and entries[-1].seq > 1:
        typer.echo(f"La suite : guichet audit list --before {entries[-1].seq}")


@audit.command()
def verify() -> None:
    """Vérifie la chaîne du journal ; sort avec le code 1 à la première ligne rompue."""
    with load_store().read() as db:
        broken = db.audit_log.verify()
        last = next(iter(db.audit_log.entries(limit=1)), None)
    if broken is not None:
        fail(f"Le journal est rompu à la ligne {broken}.")
    typer.echo(f"Le journal tient : {last.seq if last else 0} lignes vérifiées.")
