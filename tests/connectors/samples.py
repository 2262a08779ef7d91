"""Consignments for the connectors' tests, all fictitious."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.connectors.ticket_text import TicketFormatter
from bot.domain.people import Employer
from bot.domain.ticket import (
    Agent,
    Answer,
    Author,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
)
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from knowledge import Field
from knowledge.catalogue import Catalogue, Motif, Scope, SousMotif, Theme

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
REFERENCE = "PEPS-2026-000001"
# Well formed, key included, and nobody's: the commune code 999 is given to no commune of Paris.
A_NIR = "285067599900116"
FIELDS = {
    key: Field(
        key=key,
        kind=kind,
        scope=Scope.TICKET,
        label=label,
        question="",
        hint="",
        help="",
        words=(),
    )
    for key, kind, label in (
        ("nir", "nir", "NIR de l'agent"),
        ("nom", "text", "Nom de naissance"),
        ("montant", "amount", "Montant"),
    )
}


TRANSFER = "cotisations/versement/transfert-inter-fonds"
THEMES = (
    Theme(
        code="cotisations",
        label="Cotisations",
        motifs=(
            Motif(
                path="cotisations/versement",
                label="Versement",
                sous_motifs=(
                    SousMotif(
                        path=TRANSFER,
                        id="t1",
                        label="Transfert inter-fonds & <autres>",
                        funds=("Ircantec",),
                        fields=tuple(FIELDS.values()),
                        articles=(),
                    ),
                ),
            ),
        ),
    ),
)
CATALOGUE = Catalogue(themes=THEMES, fields=FIELDS)
NO_CATALOGUE = Catalogue(themes=(), fields={})


def a_ticket(number: int = 1, **changes: object) -> Ticket:
    request = TicketRequest(
        identity=f"draft-{number}",
        path=TRANSFER,
        labels=("Cotisations", "Versement", "Transfert inter-fonds & <autres>"),
        fund="Ircantec",
        employer=Employer("99999999900017", "Mairie d'Exemple"),
        email="rh@mairie-exemple.fr",
        answers=(Answer("montant", "1 234,56 €"),),
        agents=(Agent((Answer("nir", A_NIR), Answer("nom", "Durand"))),),
        description="J'ai viré <la cotisation> de mars.\nÀ l'Ircantec.",
    )
    ticket = Ticket(
        reference=f"PEPS-2026-{number:06d}", status=TicketStatus.NEW, filed_at=NOW, request=request
    )
    return replace(ticket, **changes)


def filing(number: int = 1, **changes: object) -> TicketExport:
    return TicketExport(
        item=ExportItem.TICKET, ticket=a_ticket(number, **changes), number=1, at=NOW
    )


def message(their_id: str = "", text: str = "Merci & « bonne » journée.", place: int = 0):
    said = TicketMessage(author=Author.REQUESTER, text=text, written_at=NOW, place=place)
    ticket = a_ticket(messages=(said,))
    return TicketExport(
        item=ExportItem.MESSAGE, ticket=ticket, number=2, at=NOW, message=said, their_id=their_id
    )


def status(their_id: str = "", value: TicketStatus = TicketStatus.CLOSED) -> TicketExport:
    ticket = a_ticket(status=value)
    return TicketExport(
        item=ExportItem.STATUS, ticket=ticket, number=3, at=NOW, status=value, their_id=their_id
    )


def a_formatter(nir: NirShown = NirShown.MASKED) -> TicketFormatter:
    return TicketFormatter(catalogue=CATALOGUE, nir=nir, place="guichet desk open {reference}")
