"""`guichet rights`: the register of requests of persons about their data (GDPR articles 12 to 22);
`guichet breach`: what a breach touches, for its notification (article 33).

Who asks and what came of it are sealed; the audit log names the number and the kind alone.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated, Any

import typer

from bot.clock import utc_now
from bot.commands.common import (
    DAY,
    AsJson,
    day_and_time,
    fail,
    load_store,
    local_user,
    option_or_line,
    parse_day,
    say,
    show_json,
    show_rows,
)
from bot.domain.dates import PARIS, day_in_paris
from bot.domain.rights import Outcome, Right, RightsRequest
from bot.domain.sensitive_data import find_nirs
from bot.domain.text import clean, one_line
from bot.services.privacy_rights import CLOSED
from bot.storage.breach import Breach

rights = typer.Typer(
    help="Les demandes de droits des personnes (RGPD), et leur date limite.", no_args_is_help=True
)

breach = typer.Typer(
    help="Ce qu'une violation de données touche, pour la notifier.", no_args_is_help=True
)

_LONGEST = 2000


@rights.command("open")
def open_request(
    right: Annotated[
        Right,
        typer.Argument(
            metavar="DROIT",
            help="acces, rectification, effacement, limitation, opposition ou portabilite.",
        ),
    ],
    asker: Annotated[
        str,
        typer.Option(
            "--from",
            help="Qui demande : telegram:12345, un nom, jamais un NIR. « - » : lu sur l'entrée.",
        ),
    ],
    received: Annotated[
        date | None,
        typer.Option(parser=parse_day, metavar=DAY, help="Le jour où la demande est arrivée."),
    ] = None,
) -> None:
    """Inscrit une demande de droits ; la réponse est due un mois après son arrivée."""
    now = utc_now()
    day = received or day_in_paris(now)
    if day > day_in_paris(now):
        fail("Une demande ne peut pas être arrivée après aujourd'hui : vérifiez --received.")
    who = _words(asker, "--from")
    with load_store().transaction() as db:
        added = db.rights_requests.open(right, who, day)
        db.audit_log.add(local_user(), "rights.opened", str(added.number), right.value, now)
    say(
        f"Demande de droits n° {added.number} ({right.label}) inscrite : réponse due au plus tard "
        f"le {added.due_on:%d/%m/%Y}.\n"
        f"Une fois la réponse donnée : guichet rights close {added.number}"
    )


@rights.command("list")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Les closes aussi.")] = False,
    as_json: AsJson = False,
) -> None:
    """Les demandes de droits ouvertes, la plus urgente d'abord."""
    now = utc_now()
    today = day_in_paris(now)
    with load_store().transaction() as db:
        found = db.rights_requests.list(only_open=not everything)
        db.audit_log.add(local_user(), "rights.listed", "", f"{len(found)}", now)
    if as_json:
        for one in found:
            show_json(_as_dict(one))
        return
    rows = [
        (
            str(one.number),
            one.right.label,
            one.asker,
            f"{one.received_on:%d/%m/%Y}",
            f"{one.due_on:%d/%m/%Y}" + (" (en retard)" if one.is_late(today) else ""),
            _ending(one),
        )
        for one in found
    ]
    headings = ("n°", "droit", "qui", "reçue le", "réponse due le", "suite")
    show_rows(rows, *headings, empty="Aucune demande de droits. Inscrire : guichet rights open")


@rights.command("extend")
def extend_request(
    number: Annotated[int, typer.Argument(metavar="N°")],
    words: Annotated[str, typer.Option(help="Pourquoi. « - » : lu sur l'entrée standard.")],
) -> None:
    """Prolonge de deux mois une demande complexe, ou parmi beaucoup d'autres (RGPD art. 12.3)."""
    why, now = _words(words, "--words"), utc_now()
    with load_store().transaction() as db:
        before = db.rights_requests.get(number)
        if before is not None and before.is_late(day_in_paris(now)):
            fail(
                f"Trop tard : la réponse à la demande n° {number} était due le "
                f"{before.due_on:%d/%m/%Y}, et une prolongation s'annonce avant. Répondez."
            )
        after = db.rights_requests.extend(number, why)
        if after is not None:
            db.audit_log.add(local_user(), "rights.extended", str(number), "", now)
    if before is None or after is None:
        fail(
            f"La demande n° {number} n'est pas ouverte, ou a déjà été prolongée. La liste : "
            "guichet rights list --all"
        )
    say(
        f"Demande de droits n° {number} prolongée : réponse due au plus tard le "
        f"{after.due_on:%d/%m/%Y}.\n"
        f"À faire : écrivez-le à la personne avant le {before.due_on:%d/%m/%Y}, avec la raison. "
        "Sans cela la prolongation ne vaut pas."
    )


@rights.command("close")
def close_request(
    number: Annotated[int, typer.Argument(metavar="N°")],
    outcome: Annotated[Outcome, typer.Option(help="fait, partiel ou refuse.")],
    words: Annotated[
        str,
        typer.Option(
            help="Ce qui a été fait ; pour un refus, pourquoi. « - » : lu sur l'entrée standard."
        ),
    ] = "",
) -> None:
    """Clôt une demande de droits ; un refus, même partiel, dit pourquoi (RGPD art. 12.4)."""
    said = _words(words, "--words") if words.strip() else ""
    if outcome is not Outcome.DONE and not said:
        fail("Dites pourquoi : guichet rights close … --words « … ». La personne doit le savoir.")
    now = utc_now()
    with load_store().transaction() as db:
        closed = db.rights_requests.close(number, outcome, said, now)
        if closed:
            db.audit_log.add(local_user(), CLOSED, str(number), outcome.value, now)
    if not closed:
        fail(f"Aucune demande ouverte n° {number}. La liste : guichet rights list --all")
    say(f"Demande de droits n° {number} close : {outcome.label}.")


@breach.callback()
def _breach() -> None:
    """Keeps `report` a subcommand of its own."""


@breach.command("report")
def report_breach(
    key: Annotated[str, typer.Option(help="La clé perdue : guichet keys list.")],
    since: Annotated[date, typer.Option(parser=parse_day, metavar=DAY, help="Depuis ce jour.")],
    as_json: AsJson = False,
) -> None:
    """Personnes, demandes et accès touchés, pour la notification à la CNIL (RGPD art. 33)."""
    now, store = utc_now(), load_store()
    if key not in store.encryption.key_ids:
        fail(f"La clé {key} n'est pas connue ici. La liste : guichet keys list")
    with store.transaction() as db:
        found = db.breaches.measure(key, datetime.combine(since, time(), PARIS))
        day = f"since {since:%Y-%m-%d}"
        db.audit_log.add(local_user(), "breach.reported", key, day, now)
    if as_json:
        show_json({"key": key, "since": since, **asdict(found)}, indent=2)
        return
    for line in _breach_lines(key, since, found):
        say(line)


def _breach_lines(key: str, since: date, found: Breach) -> Iterator[str]:
    yield f"Violation de données : ce que la clé {key} ouvre"
    yield f"et les accès depuis le {since:%d/%m/%Y}."
    yield ""
    yield f"Demandeurs concernés        : {found.persons}"
    yield f"Demandes concernées         : {len(found.tickets)}"
    yield f"Agents nommés (au plus)     : {found.agents}, avec leur NIR là où il a été donné"
    yield f"Enregistrements chiffrés    : {sum(found.values.values())}"
    for column, number in sorted(found.values.items()):
        yield f"  {column.removesuffix('_sealed'):<26}: {number}"
    yield ""
    yield f"Accès en clair notés au journal : {len(found.shown)}"
    for one in found.shown:
        yield f"  {day_and_time(one.at)} · {one.who} · {one.what} · {one.subject} · {one.detail}"
    yield ""
    yield "Demandes : " + (", ".join(found.tickets) or "aucune")
    yield ""
    yield "À faire : notifier la CNIL dans les 72 heures après en avoir pris connaissance"
    yield "(notifications.cnil.fr, RGPD art. 33) ; informer les personnes si le risque est élevé"
    yield "(art. 34) ; inscrire la violation au registre interne (art. 33.5) ; guichet keys rotate."
    yield "Non compté : les sauvegardes, que la même clé ouvre, et ce qui est parti ailleurs."


def _words(typed: str, option: str) -> str:
    """What an operator wrote on one line; the command ends where it is empty or holds a NIR."""
    said = one_line(clean(option_or_line(typed, option))).strip()
    if not said or len(said) > _LONGEST:
        fail(f"{option} : écrivez de 1 à {_LONGEST} caractères.")
    if find_nirs(said):
        fail(f"{option} contient un numéro de sécurité sociale : écrivez un nom, sans ce numéro.")
    return said


def _ending(one: RightsRequest) -> str:
    words = f" : {one.words}" if one.words else ""
    if one.outcome is None or one.closed_on is None:
        return f"prolongée{words}" if one.is_extended else "ouverte"
    return f"{one.outcome.label} le {one.closed_on:%d/%m/%Y}{words}"


def _as_dict(one: RightsRequest) -> dict[str, Any]:
    return {
        "number": one.number,
        "right": one.right,
        "from": one.asker,
        "received_on": one.received_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "outcome": one.outcome,
        "words": one.words,
        "closed_on": one.closed_on.isoformat() if one.closed_on else None,
    }
