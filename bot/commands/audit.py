"""`guichet audit`: the journal, checked from its first line to its last."""

import typer

from bot.commands.common import load_store

app = typer.Typer(help="Le journal de ce qui a été fait.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Who did what, when, to what: append-only, each entry chained to the one before."""


@app.command()
def verify() -> None:
    """Vérifie la chaîne du journal ; sort avec le code 1 à la première ligne rompue."""
    with load_store().transaction() as db:
        broken = db.audit_log.verify()
        last = next(iter(db.audit_log.entries(limit=1)), None)
    if broken is not None:
        typer.echo(f"Le journal est rompu à la ligne {broken}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Le journal tient : {last.seq if last else 0} lignes vérifiées.")
