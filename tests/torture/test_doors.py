"""Hostile input: whatever comes in at a door, something sensible comes of it, and nothing raw."""

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from support.french import is_of_the_house
from support.registers import TODAY, a_register
from torture.drawn import ANYTHING, ODD, updates
from torture.world import GROUP, Desk, World

from bot.background.inbound_webhook import InboundWebhook
from bot.connectors.webhook import SIGNATURE, TIMESTAMP, sign_body
from bot.domain.account_columns import MissingColumnError, find_accounts
from bot.domain.account_import import plan_import
from bot.domain.delivery import OutboxState
from bot.domain.spreadsheet import UnreadableSpreadsheetError, read_spreadsheet
from bot.services.inbound_updates import InboundUpdates
from knowledge import KnowledgeBase

SECRET = "s" * 40
calm = settings(
    max_examples=30 if settings.default.derandomize else 1000,
    suppress_health_check=list(HealthCheck),
)
numbers = count(5_000_000)
"""Every example has a person of its own: what one does is nothing to the next."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase) -> Iterator[Desk]:
    world = World(tmp_path_factory.mktemp("doors"), knowledge)
    yield Desk(world, lambda _: False)
    world.close()


def hear(desk: Desk, *raw: dict[str, object]) -> None:
    """No update is refused; only one that cannot even be read is kept aside.

    What people then read are sentences of the texts files, and nothing raw.
    """
    faults = sum(desk.intake._read(one).fault is not None for one in raw)
    with desk.world.look() as db:
        before = len(db.failed_updates.newest(100_000))
    desk.intake.receive(raw, desk.clock())
    with desk.world.look() as db:
        kept = db.failed_updates.newest(100_000)
        rows = db.outbox.list(OutboxState.WAITING, limit=1000)
        db.outbox.mark_sent([row.id for row in rows], desk.clock())
    assert len(kept) - before <= faults, [one.error for one in kept[: len(kept) - before]]
    said = [row.payload["plain"] for row in rows if row.kind in ("say", "parting")]
    assert [words for words in said if not is_of_the_house(words)] == []


@calm
@given(st.data())
def test_updates_of_any_shape(desk: Desk, data: st.DataObject) -> None:
    person = next(numbers)
    hear(desk, *data.draw(st.lists(updates(person), min_size=1, max_size=3)))


def test_updates_nested_too_deeply_to_be_written_again(desk: Desk) -> None:
    """Some can be read and not be written: they stop nobody behind them."""
    deep: object = "x"
    for _ in range(3000):
        deep = [deep]
    person = next(numbers)
    broken = a_message(person, "x")
    assert isinstance(broken["message"], dict)
    broken["message"] |= {"message_id": "x", "text": deep}
    hear(desk, broken, a_message(person, "/aide"))


@calm
@given(
    st.lists(ODD, min_size=1, max_size=4),
    st.sampled_from(("", "/start ", "/start i_", "/start m_", "/start a_", "/importer ")),
)
def test_words_commands_and_deep_links(desk: Desk, words: list[str], before: str) -> None:
    person = next(numbers)
    hear(desk, *(a_message(person, before + one) for one in words))


@calm
@given(st.lists(ODD | st.from_regex(r"\A\d{1,20}~[a-z_.~0-9-]{1,40}\Z"), min_size=1, max_size=3))
def test_presses_of_buttons_that_nobody_offered(desk: Desk, codes: list[str]) -> None:
    person = next(numbers)
    for chat in (person, GROUP):
        hear(desk, *(a_press(person, chat, code) for code in codes))


@calm
@given(
    st.binary(max_size=300)
    | st.lists(
        st.lists(ODD | st.sampled_from(("Identifiant", "Nom", "01/06/2029", "=1+1")), max_size=5)
    ).map(lambda rows: "\n".join(";".join(row) for row in rows).encode("utf-8", "replace"))
)
def test_sheets_of_any_bytes(content: bytes) -> None:
    read(content)


@calm
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=8))
def test_workbooks_that_were_damaged(place: int, bytes_: bytes) -> None:
    whole = a_workbook()
    place %= len(whole)
    read(whole[:place] + bytes_ + whole[place + len(bytes_) :])


@calm
@given(
    st.dictionaries(
        st.sampled_from(FIELDS := ("version", "id", "event", "reference", "text", "status", "x")),
        ANYTHING | st.sampled_from(("ticket.message", "PEPS-2026-000001", 1, "closed")),
    ).map(lambda body: json.dumps(body).encode())
    | st.binary(max_size=200),
    st.booleans(),
)
def test_events_of_another_ticketing_system(desk: Desk, body: bytes, signed: bool) -> None:
    inbound = InboundWebhook(
        InboundUpdates(desk.store, desk.app.advisor_desk), desk.db_thread, (SECRET,), desk.clock
    )
    headers = (
        sign_body(body, (SECRET,), desk.clock()) if signed else {TIMESTAMP: "1", SIGNATURE: "v1=x"}
    )
    answer = asyncio.run(inbound._handle(_Request(body, headers)))

    assert answer.status in ((200, 404, 422) if signed else (401,))
    assert set(json.loads(answer.text or "")) == {"result"}


def read(content: bytes) -> None:
    """A sheet is planned, or refused in one of the ways that have a sentence."""
    with suppress(UnreadableSpreadsheetError, MissingColumnError):
        sheet = find_accounts(read_spreadsheet(content))
        plan_import(a_register(), sheet, TODAY, months=18, new_id=lambda: "n")


def a_workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Identifiant", "Nom", "Prénom", "Expiration"])
    sheet.append(["Z1", "Petit", "Zoé", date(2029, 6, 1)])
    book.save(out)
    return out.getvalue()


def a_message(person: int, text: str) -> dict[str, object]:
    chat = {"id": person, "type": "private"}
    me = {"id": person, "is_bot": False, "first_name": "x"}
    body = {"message_id": 1, "date": 1, "chat": chat, "from": me, "text": text}
    return {"update_id": next(numbers), "message": body}


def a_press(person: int, chat: int, code: str) -> dict[str, object]:
    where = {"id": chat, "type": "private" if chat > 0 else "supergroup", "title": "x"}
    me = {"id": person, "is_bot": False, "first_name": "x"}
    message = {"message_id": 1, "date": 1, "chat": where}
    press = {"id": "1", "from": me, "chat_instance": "1", "data": code, "message": message}
    return {"update_id": next(numbers), "callback_query": press}


class _Request:
    """What the door reads of a request."""

    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self._body, self.headers = body, headers

    async def read(self) -> bytes:
        return self._body
