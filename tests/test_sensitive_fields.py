"""What a sensitive field holds is masked wherever others may see it, whatever its kind."""

import json
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from connectors.samples import A_NIR, NOW, a_ticket

from bot.commands.tickets import _answer_dict, _answer_line
from bot.connectors.ticket_text import TicketFormatter
from bot.conversation.screens.layout import masked_value, shown_value
from bot.conversation.texts import fill
from bot.domain import ticket as tickets
from bot.domain.ticket import MASK, Agent, Answer
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from knowledge.catalogue import SENSITIVE_KINDS, Catalogue, Field, Scope, load_catalogue
from knowledge.content_reader import ContentError

SECRET = "FR7630006000011234567890189"
KIND = "iban"
FIELD = Field(
    key=KIND, kind=KIND, scope=Scope.AGENT, label="IBAN", question="?", hint="", help="", words=()
)


@pytest.fixture
def _iban_is_sensitive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "SENSITIVE_KINDS", SENSITIVE_KINDS | {KIND})


@pytest.mark.parametrize(
    ("answer", "masked"),
    [
        (Answer("nir", A_NIR), "2 85 06 •• ••• ••• ••"),
        (Answer("nir_key", "16"), MASK),
        (Answer("nir", ""), ""),
        (Answer("nom", "Durand"), "Durand"),
    ],
)
def test_sensitive_answers_are_masked(answer: Answer, masked: str) -> None:
    assert answer.masked == masked_value(answer) == masked


@pytest.mark.usefixtures("_iban_is_sensitive")
def test_a_new_sensitive_kind_leaks_nowhere() -> None:
    answer = Answer(KIND, SECRET)
    ticket = a_ticket()
    formatters = [
        TicketFormatter(
            catalogue=Catalogue((), {KIND: FIELD}), nir=nir, place="guichet desk open {reference}"
        )
        for nir in (NirShown.MASKED, NirShown.LINK)
    ]
    shown = [
        masked_value(answer),
        fill(shown_value(FIELD, answer)),
        _answer_line(answer, {KIND: FIELD}),
        _answer_line(answer, {}),
        json.dumps(_answer_dict(answer)),
        *(formatter.value(answer, ticket) for formatter in formatters),
    ]
    for said in shown:
        assert SECRET not in said
        assert SECRET[:8] not in said


@pytest.mark.usefixtures("_iban_is_sensitive")
def test_another_system_reads_none_of_it() -> None:
    request = a_ticket().request
    agents = (Agent((Answer(KIND, SECRET),)),)
    ticket = a_ticket(request=replace(request, agents=agents))
    export = TicketExport(item=ExportItem.TICKET, ticket=ticket, number=1, at=NOW)
    formatter = TicketFormatter(catalogue=Catalogue((), {}), nir=NirShown.MASKED, place="")
    assert SECRET not in "\n".join(formatter.lines(export))


def test_a_sensitive_field_is_called_by_its_kind(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(str(files("knowledge") / "content"), folder)
    fields = folder / "fields.toml"
    fields.write_text(
        fields.read_text("utf-8").replace('key = "nir"\n', 'key = "numero"\n'), "utf-8"
    )
    with pytest.raises(ContentError, match="doit porter cette même clé"):
        load_catalogue(folder)
