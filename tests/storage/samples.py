"""Samples for the storage tests: a moment, people's data and a request, all fictitious."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversation.questions import Draft
from bot.domain.people import Employer
from bot.domain.ticket import Agent, Answer, TicketRequest

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Well formed, key included, and nobody's: the Ain (01) has no commune 999.
A_NIR = "285060199912349"
ANOTHER_NIR = "172090199904586"

# The 14 digits of an address that no directory holds; storage does not check their key.
MAIRIE = Employer("99999999900017", "Mairie de Trifouilly")
HOSPITAL = Employer("99999999900025", "Hôpital de Trifouilly")

AN_EMAIL = "secretariat@trifouilly.example"
A_NAME = "Zéphyrine de La Fontaine-aux-Canaris"
A_DESCRIPTION = "La cotisation de mars est partie au mauvais fonds 🙈."


def an_agent(nir: str = A_NIR) -> Agent:
    return Agent((Answer("nir", nir), Answer("birth_name", A_NAME)))


def a_request(identity: str = "draft-1", **changes: Any) -> TicketRequest:
    request = TicketRequest(
        identity=identity,
        path="cotisations/versement/transfert",
        labels=("Cotisations", "Versement", "Transfert inter-fonds"),
        fund="ircantec",
        employer=MAIRIE,
        email=AN_EMAIL,
        answers=(Answer("amount", "1234,56"), Answer("reference", "", note="left_out")),
        agents=(an_agent(),),
        description=A_DESCRIPTION,
    )
    return replace(request, **changes)


def a_draft(identity: str = "draft-1", *, nir: str | None = None) -> Draft:
    draft = Draft(identity=identity, question="Comment corriger ?", path="a/b/c")
    return draft if nir is None else draft.with_answer(Answer("nir", nir), agent=0)
