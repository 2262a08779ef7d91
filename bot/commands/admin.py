"""`guichet staff`, `audit`, `keys`, `doctor` and `retention`: for whoever runs the desk."""

import re
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from bot.clock import utc_now
from bot.commands.common import (
    DAY,
    LimitFromOne,
    day_and_time,
    fail,
    load_app,
    load_settings,
    load_store,
    local_user,
    parse_day,
    plain,
    refuse_number,
    say,
    show_json,
    show_rows,
)
from bot.conversation.texts import text
from bot.domain.dates import PARIS
from bot.domain.people import Colleague, StaffRole
from bot.domain.text import one_line
from bot.services.personal_export import what_was_done
from bot.services.retention import RetentionRun
from bot.storage.audit_log import STATUS_CHANGED, AuditEntry, AuditHead
from bot.storage.database import snapshot
from bot.storage.keys import FILE_NAME, Key, KeyFileError, add_seal_key, load_keys
from bot.storage.sealed_columns import count_by_key, rotate

staff = typer.Typer(help="Les personnes du bureau et leurs rôles.", no_args_is_help=True)
audit = typer.Typer(help="Le journal de ce qui a été fait.", no_args_is_help=True)

keys = typer.Typer(help="Les clés qui scellent les données.", no_args_is_help=True)

SERVICE_ACCOUNTS = {f"telegram:{one}" for one in (0, 777000, 136817688, 1087968824)}
"""Who Telegram names where a channel or an anonymous administrator writes (Bot API, `User`)."""
ROLES: dict[str, str] = {StaffRole.ADVISOR: "conseiller", StaffRole.DPO: "DPO"}

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
    "persons": "personnes silencieuses",
    "accounts": "identifiants de comptes supprimés",
    "web_lines": "messages anciens de la page web",
    "rights": "demandes de droits closes depuis longtemps",
    "audit": "lignes du journal",
    "warned": "demandes sans suite dont la clôture est annoncée",
    "closed": "demandes sans suite closes",
}

ROTATED = "keys.rotated"
SEAL, FINGERPRINT = "seal", "fingerprint"
KINDS = {SEAL: "sceau", FINGERPRINT: "empreinte"}


def doctor() -> None:
    """Vérifie réglages, base, clés, contenu et Telegram, et dit quoi faire."""
    # Loaded here: it brings an HTTP client that no other command of this family needs.
    from bot.monitoring.desk_checks import FindingLevel
    from bot.monitoring.doctor import check_everything

    findings = check_everything(load_settings(), utc_now())
    for finding in findings:
        say(f"{finding.level:>10} · {finding.words}")
    if any(finding.level is FindingLevel.WRONG for finding in findings):
        raise typer.Exit(1)


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compte ce qui partirait, sans rien effacer.")
    ] = False,
) -> None:
    """Efface ce qui a dépassé sa durée de conservation ; le robot le fait chaque heure.

    Chaque passage laisse une ligne au journal, avec ses comptes : guichet audit list.
    """
    app = load_app()
    with app.store.transaction() as db, db.session.begin_nested() as nested:
        run = RetentionRun(db, app.advisor_desk, local_user())
        counts = run.apply(app.settings.kept, utc_now())
        if dry_run:
            nested.rollback()
    if dry_run:
        say("Rien n'est effacé. Un passage effacerait, clorait ou annoncerait :")
    for name, number in counts.items():
        say(f"{number:>6} {REMOVED[name]}")


Address = Annotated[str, typer.Argument(metavar="ADRESSE", help="telegram:12345, ou local:anne.")]


@staff.command()
def add(
    address: Address,
    name: Annotated[str, typer.Option(help="Comme les collègues et les demandeurs la lisent.")],
    role: Annotated[
        StaffRole,
        typer.Option(help="advisor (conseiller) ou dpo (délégué à la protection des données)."),
    ] = StaffRole.ADVISOR,
) -> None:
    """Ajoute une personne, ou change son nom ou son rôle."""
    if not ADDRESS.fullmatch(address):
        fail("Une adresse s'écrit telegram:12345 (le numéro de la personne) ou local:anne.")
    if address in SERVICE_ACCOUNTS:
        fail("Ce numéro est celui d'un compte de service de Telegram, pas d'une personne.")
    now, name = utc_now(), one_line(name)
    refuse_number(name)
    refuse_number(address)
    with load_store().transaction() as db:
        db.staff.save(Colleague(address, name, role), now)
        db.audit_log.add(local_user(), "staff.added", address, role.value, now)
    say(f"{name} ({address}) : {ROLES[role]}.")


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
    say(f"{address} est retirée du bureau.")


@staff.command("list")
def list_staff() -> None:
    """Les personnes du bureau."""
    with load_store().read() as db:
        colleagues = db.staff.all()
    rows = [(one.address, one.name, ROLES[one.role]) for one in colleagues]
    show_rows(rows, "adresse", "nom", "rôle", empty="Personne. Pour ajouter : guichet staff add")


@audit.command("list")
def list_audit(  # noqa: PLR0913, PLR0917 -- one filter each
    subject: Annotated[
        str | None, typer.Option(help="À quoi : une référence, une adresse, une clé.")
    ] = None,
    who: Annotated[str | None, typer.Option(help="Qui : local:anne, telegram:12345.")] = None,
    since: Annotated[
        date | None,
        typer.Option("--since", parser=parse_day, metavar=DAY, help="Depuis ce jour."),
    ] = None,
    before: Annotated[int | None, typer.Option(help="Les lignes d'avant ce numéro.")] = None,
    limit: LimitFromOne = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne JSON par entrée.")] = False,
) -> None:
    """Le journal, le plus récent d'abord : qui a fait quoi, quand, à quoi."""
    begin = datetime.combine(since, time(), PARIS) if since else None
    with load_store().read() as db:
        entries = db.audit_log.entries(subject, who=who, since=begin, before=before, limit=limit)
    if as_json:
        for entry in entries:
            show_json(asdict(entry) | {"at": entry.at.isoformat()})
        return
    rows = [
        (
            *(str(one.seq), day_and_time(one.at), one.who),
            *(plain(what_was_done(one)), one.subject, _detail(one)),
        )
        for one in entries
    ]
    headings = ("n°", "quand", "qui", "quoi", "à quoi", "détail")
    show_rows(rows, *headings, empty="Le journal est vide.")
    if len(entries) == limit and entries[-1].seq > 1:
        say(f"La suite : guichet audit list --before {entries[-1].seq}")


def _detail(entry: AuditEntry) -> str:
    """What an entry adds, a status and a role in words."""
    if entry.what == STATUS_CHANGED:
        return plain(text(f"state.{entry.detail}"))
    return ROLES.get(entry.detail, entry.detail)


@audit.command()
def head() -> None:
    """Le numéro et l'empreinte de la dernière ligne : à garder ailleurs, pour verify --against."""
    with load_store().read() as db:
        say(str(db.audit_log.head()))


@audit.command()
def verify(
    against: Annotated[
        str,
        typer.Option(
            metavar="TÊTE", help="Une tête gardée ailleurs (guichet audit head), ou son fichier."
        ),
    ] = "",
) -> None:
    """Vérifie la chaîne du journal ; sort avec le code 1 à la première ligne rompue."""
    kept = _read_head(against) if against else None
    with load_store().read() as db:
        broken = db.audit_log.verify(kept)
        is_cut = broken is not None and broken > db.audit_log.newest_number()
        last = db.audit_log.head() if broken is None else None
    if last is None:
        what = "a été coupé : il manque des lignes jusqu'à" if is_cut else "est rompu à"
        fail(
            f"Le journal {what} la ligne {broken}. Gardez une copie de la base, puis comparez avec "
            "vos sauvegardes : quelqu'un y a écrit hors du guichet."
        )
    say(f"Le journal tient : {last.seq} lignes vérifiées.")
    say(f"Sa tête : {last}")


def _read_head(given: str) -> AuditHead:
    """The head itself, or the last line of the file that keeps the heads."""
    path = Path(given)
    with suppress(OSError):
        lines = path.read_text().split("\n")
        given = next((line for line in reversed(lines) if line.strip()), "")
    try:
        return AuditHead.parse(given)
    except ValueError:
        fail("Cette tête ne se lit pas. Elle s'écrit 123:9f86…, comme « guichet audit head ».")


@keys.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne JSON par clé.")] = False,
) -> None:
    """Les clés, sans leurs secrets : leur âge, et combien de valeurs chacune scelle encore."""
    store = load_store()
    held = load_keys(_file())
    with snapshot(store.engine) as connection:
        sealed = count_by_key(connection)
    lines = [
        _line(SEAL, key, in_use=key == held.newest) | {"rows": sealed[key.id]} for key in held.seals
    ]
    lines.append(_line(FINGERPRINT, held.fingerprint, in_use=True))
    for line in lines:
        if as_json:
            show_json(line)
        else:
            say(_key_words(line))


@keys.command("rotate")
def rotate_keys() -> None:
    """Fait une nouvelle clé et rescelle tout, guichet ouvert ou fermé ; se reprend si on l'arrête.

    Les anciennes clés restent dans le fichier : elles ouvrent les sauvegardes de leur temps. La clé
    des empreintes reste la même.
    """
    store, held = load_store(), load_keys(_file())
    with store.read() as db:
        done = {entry.what for entry in db.audit_log.entries(held.newest.id)}
    if len(held.seals) > 1 and ROTATED not in done:  # the newest is of one that did not end
        say("Une rotation était commencée : elle reprend, avec la clé déjà faite.")
    else:
        new = add_seal_key(_file().parent).newest.id
        say(f"Nouvelle clé faite ({new}). Copiez le fichier ailleurs : guichet keys export.")
    result = rotate(store.engine, store.encryption)
    with store.transaction() as db:
        new = load_keys(_file()).newest.id
        db.audit_log.add(local_user(), ROTATED, new, f"rows={result.resealed}", utc_now())
    say(f"{result.resealed} lignes rescellées.")
    if result.unreadable:
        raise KeyFileError(
            f"{result.unreadable} lignes ne s'ouvrent avec aucune clé et sont restées telles "
            "quelles : elles ont été abîmées ou scellées ailleurs. Cherchez-les dans une "
            "sauvegarde."
        )


def _file() -> Path:
    return load_settings().keys_dir / FILE_NAME


def _line(kind: str, key: Key, *, in_use: bool) -> dict[str, str | int | bool | None]:
    made = key.made_at.isoformat() if key.made_at else None
    return {"kind": kind, "id": key.id, "made_at": made, "in_use": in_use}


def _key_words(line: dict[str, str | int | bool | None]) -> str:
    made = str(line["made_at"] or "")[:10] or "date inconnue"
    use = "en usage" if line["in_use"] else "lecture seule"
    words = f"{line['id']}  {KINDS[str(line['kind'])]:<9}  {made}  {use}"
    return f"{words}  {line['rows']} valeurs" if "rows" in line else words
