"""`guichet doctor` and `guichet retention`: the installation's state, and what is past its date."""

from dataclasses import asdict

import typer

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store

REMOVED = {
    "drafts": "brouillons",
    "nirs": "NIR de brouillons",
    "sessions": "conversations dormantes",
    "outbox": "envois terminés",
    "received": "marques de réception",
    "held_texts": "textes en attente",
    "kept_aside": "tours mis de côté",
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
    findings = check_everything(load_settings())
    for finding in findings:
        typer.echo(f"{words[finding.level]:>10} · {finding.words}")
    if any(finding.level is FindingLevel.WRONG for finding in findings):
        raise typer.Exit(1)


def retention() -> None:
    """Efface ce qui a dépassé sa durée de conservation ; le robot le fait chaque jour."""
    settings = load_settings()
    with load_store().transaction() as db:
        removed = db.retention.apply(utc_now(), settings.kept)
    for name, number in asdict(removed).items():
        typer.echo(f"{number:>6} {REMOVED[name]}")
