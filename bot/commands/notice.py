"""`guichet notice`: what the operator tells everybody for a time, a failure or a maintenance."""

from typing import Annotated

import typer

from bot.clock import utc_now
from bot.commands.common import fail, load_store, local_user, say, show_rows
from bot.domain.errors import InvalidAnswerError
from bot.domain.redaction import secret_in
from bot.domain.service_notices import ServiceNotice, parse_moment
from bot.domain.text import clean, one_line

app = typer.Typer(help="Les pannes et maintenances annoncées aux demandeurs.", no_args_is_help=True)

LONGEST = 500
"""Characters of a notice: it stands before every answer."""


@app.command("add")
def add_notice(
    words: Annotated[str, typer.Argument(metavar="TEXTE", help="Ce que chacun doit lire.")],
    until: Annotated[str, typer.Option(help="La fin : JJ/MM/AAAA, ou « JJ/MM/AAAA HH:MM ».")],
    since: Annotated[
        str, typer.Option("--from", help="Le début, écrit de même ; sans lui, maintenant.")
    ] = "",
) -> None:
    """Annonce une panne ou une maintenance, avec ses dates (heure de Paris)."""
    said = one_line(clean(words)).strip()
    if not 1 <= len(said) <= LONGEST:
        fail(f"Écrivez une annonce de 1 à {LONGEST} caractères.")
    if secret_in(said) is not None:
        fail("Cette annonce contient un numéro personnel ou un mot de passe : retirez-le.")
    now = utc_now()
    try:
        starts_at = parse_moment(since) if since else now
        ends_at = parse_moment(until, at_end=True)
    except (InvalidAnswerError, ValueError):
        fail("Écrivez les dates ainsi : 01/12/2026, ou « 01/12/2026 18:00 » (heure de Paris).")
    if ends_at <= max(starts_at, now):
        fail("La fin (--until) doit venir après le début, et après maintenant.")
    with load_store().transaction() as db:
        added = db.service_notices.add(said, starts_at, ends_at)
        db.audit_log.add(local_user(), "notice.added", str(added.number), "", now)
    say(
        f"Annonce n° {added.number} : montrée {added.term}.\n"
        f"Pour la retirer avant : guichet notice end {added.number}"
    )


@app.command("list")
def list_notices(
    everything: Annotated[bool, typer.Option("--all", help="Les passées aussi.")] = False,
) -> None:
    """Les annonces en cours et à venir."""
    now = utc_now()
    with load_store().read() as db:
        found = db.service_notices.list(None if everything else now)
    rows = [(str(one.number), _standing(one), one.term, one.words) for one in found]
    empty = "Aucune annonce. En faire une : guichet notice add « … » --until JJ/MM/AAAA"
    show_rows(rows, "n°", "état", "dates", "texte", empty=empty)


@app.command("end")
def end_notice(number: Annotated[int, typer.Argument(metavar="N°")]) -> None:
    """Retire une annonce tout de suite."""
    now = utc_now()
    with load_store().transaction() as db:
        ended = db.service_notices.end(number, now)
        if ended:
            db.audit_log.add(local_user(), "notice.ended", str(number), "", now)
    if not ended:
        fail(f"Aucune annonce en cours ni à venir n° {number}. La liste : guichet notice list")
    say(f"Annonce n° {number} retirée : elle n'est plus montrée.")


def _standing(one: ServiceNotice) -> str:
    now = utc_now()
    if one.is_current(now):
        return "en cours"
    return "à venir" if now < one.starts_at else "passée"
