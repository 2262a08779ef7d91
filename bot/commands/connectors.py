"""`guichet connectors test`: a trial ticket on its way through another system, step by step."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

import typer

from bot.clock import utc_now
from bot.commands.common import fail, load_settings, say
from bot.connectors import Connector
from bot.connectors.factory import CONNECTORS, build_connectors
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain
from bot.domain.people import Employer
from bot.domain.ticket import Author, Ticket, TicketMessage, TicketRequest, TicketStatus
from bot.domain.ticket_export import ExportItem, TicketExport
from bot.monitoring.desk_checks import PARTS
from knowledge import load_knowledge

app = typer.Typer(help="Les systèmes où vont les demandes.", no_args_is_help=True)

TITLE: Final = "ESSAI du guichet, à supprimer"
WORDS: Final = (
    "Ceci est un ESSAI de liaison : il ne vient de personne et n'attend aucune réponse. "
    "Supprimez-le."
)
TRIAL_DESK: Final = "00000000"
"""The name of no desk: what is filed here is found by no other."""
CHECK: Final = "Liaison et droits"


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One step: what was tried, how it went, and what the operator does where it failed."""

    name: str
    went: str = "bien"
    remedy: str = ""


@app.command("test")
def try_connector(
    name: Annotated[str, typer.Argument(metavar="NOM", help=", ".join(CONNECTORS))],
) -> None:
    """Dépose là-bas une demande d'essai, la retrouve, la complète et la clôt ; s'arrête au premier
    échec et dit quoi faire. Rien n'est inscrit au registre."""
    if name not in CONNECTORS:
        fail(f"« {name} » n'est pas un système que ce guichet connaît : {', '.join(CONNECTORS)}.")
    settings = load_settings().model_copy(update={"tickets_to": (name,)})
    catalogue = load_knowledge().catalogue
    connector = build_connectors(settings, catalogue)[name]
    trial = build_trial(catalogue.sous_motifs[0].path, utc_now())
    failed = asyncio.run(_show(connector, trial))
    reference = trial.ticket.reference
    if failed:
        after = (
            ""
            if failed.name == CHECK
            else f" Puis supprimez là-bas {reference}, s'il y est arrivé."
        )
        fail(f"L'essai s'arrête là. À faire : {failed.remedy}{after}")
    say(f"Tout est passé. Supprimez là-bas « [{reference}] {TITLE} ».")


async def _show(connector: Connector, trial: TicketExport) -> TrialStep | None:
    """Prints each step; the one that failed."""
    try:
        async for step in steps(connector, trial):
            say(f"{step.name} : {step.went}.")
            if step.remedy:
                return step
    finally:
        await connector.close()
    return None


def build_trial(path: str, now: datetime) -> TicketExport:
    """A ticket that is clearly none, of a year that never was; its number is the moment."""
    request = TicketRequest(
        identity="essai",
        path=path,
        labels=("ESSAI", "ESSAI", TITLE),
        fund=None,
        employer=Employer("", "ESSAI"),
        email="",
        answers=(),
        agents=(),
        description=WORDS,
    )
    message = TicketMessage(author=Author.REQUESTER, text=WORDS, written_at=now, place=1)
    ticket = Ticket(
        reference=f"PEPS-0000-{now:%Y%m%d%H%M%S}",
        status=TicketStatus.NEW,
        filed_at=now,
        request=request,
        messages=(message,),
    )
    return TicketExport(
        item=ExportItem.TICKET, ticket=ticket, number=1, at=now, desk=TRIAL_DESK, message=message
    )


async def steps(connector: Connector, trial: TicketExport) -> AsyncIterator[TrialStep]:
    """Each step, the failed one last."""
    fault = await connector.check()
    yield TrialStep(CHECK, "non", fault) if fault else TrialStep(CHECK)
    filed = await connector.deliver(replace(trial, message=None))
    yield await _sent("Dépôt d'une demande d'essai", filed, connector)
    their_id = filed.their_id if isinstance(filed, Delivered) else ""
    yield await _found("Recherche de cette demande", connector, replace(trial, message=None))
    said = replace(trial, item=ExportItem.MESSAGE, number=2, their_id=their_id)
    yield await _sent("Ajout d'un message", await connector.deliver(said), connector)
    yield await _found("Recherche de ce message", connector, said)
    closed = replace(
        trial,
        item=ExportItem.STATUS,
        number=3,
        message=None,
        their_id=their_id,
        status=TicketStatus.CLOSED,
    )
    yield await _sent("Clôture", await connector.deliver(closed), connector)


async def _sent(name: str, result: ConnectorResult, connector: Connector) -> TrialStep:
    match result:
        case Delivered(their_id, dropped):
            there = f" (là-bas : {their_id})" if their_id else ""
            if not dropped:
                return TrialStep(name, f"bien{there}")
            parts = ", ".join(PARTS[one] for one in dropped)
            return TrialStep(name, f"arrivé{there}, sans {parts}", connector.remedy)
        case RetryLater(code):
            cause = await connector.check()
            return TrialStep(name, f"pas maintenant ({code})", cause or "relancez dans un moment.")
        case Uncertain(code):
            return TrialStep(
                name,
                f"pas de réponse sûre ({code})",
                "vérifiez que rien entre les deux ne coupe avant 30 secondes, et relancez.",
            )
        case Refused(code):
            return TrialStep(
                name, f"refusé ({code})", "voyez docs/connectors.md, et là-bas le journal."
            )


async def _found(name: str, connector: Connector, export: TicketExport) -> TrialStep:
    """After a doubt it must be found again, or be harmless to send again."""
    if reason := connector.lacks.get("find"):
        return TrialStep(name, f"sans objet, {reason.removesuffix('.')}")
    found = await connector.find(export)
    if found is None:
        return TrialStep(
            name,
            "introuvable",
            "donnez à l'utilisateur du guichet le droit de lire et de chercher ce qu'il dépose ; "
            "sans lui, ce dont l'arrivée est douteuse partirait deux fois.",
        )
    return await _sent(name, found, connector)
