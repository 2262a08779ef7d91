"""The webhook out and in: schema, signatures, two keys, replays, addresses not to call."""

import json
from codecs import BOM_UTF8
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from connectors.samples import NOW, filing, message, status
from connectors.worlds import SECRETS, HookWorld
from jsonschema import Draft202012Validator
from services.conftest import Desk as House
from services.conftest import desk as house

from bot.background.inbound_webhook import InboundWebhook
from bot.connectors.http import HttpClient, PrivateAddressError, refuse_private
from bot.connectors.webhook import SignatureError, WebhookConnector, sign_body, verify_signature
from bot.domain.delivery import Delivered, RetryLater
from bot.domain.ticket import TicketStatus
from bot.http_server import start_server
from bot.services.inbound_updates import InboundUpdates
from bot.storage.store import DatabaseThread

__all__ = ["house"]  # a fixture

SCHEMA = Path(__file__).parents[2] / "docs" / "webhook.schema.json"


@pytest.fixture
async def world() -> AsyncIterator[HookWorld]:
    world = HookWorld()
    await world.open()
    yield world
    await world.close()


async def test_everything_sent_is_as_the_schema_says(world: HookWorld) -> None:
    for export in (filing(), filing(2, follows="PEPS-2026-000001"), message(), status()):
        await world.connector.deliver(export)
    await world.connector.check()
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for _, body in world.requests:
        assert list(validator.iter_errors(json.loads(body))) == []
    assert len(world.requests) == 5
    broken = {**json.loads(world.requests[0][1]), "version": 2}
    assert list(validator.iter_errors(broken))


async def test_either_key_proves_it_while_they_change(world: HookWorld) -> None:
    for secret in SECRETS:
        world.secret = secret
        assert isinstance(await world.connector.deliver(filing()), Delivered)
    world.secret = "another"
    assert await world.connector.deliver(filing()) == RetryLater("webhook.401")


async def test_what_was_taken_already_is_delivered(world: HookWorld) -> None:
    first = await world.connector.deliver(filing())
    assert await world.connector.deliver(filing()) == first
    assert len(world.seen) == 1


def test_a_changed_or_old_body_proves_nothing() -> None:
    headers = sign_body(b"{}", SECRETS, NOW)
    given = {"timestamp": headers["Guichet-Timestamp"], "signature": headers["Guichet-Signature"]}
    verify_signature(b"{}", [SECRETS[0]], NOW, **given)
    verify_signature(b"{}", [SECRETS[1]], NOW + timedelta(minutes=5), **given)
    for body, secrets, now in (
        (b"{ }", SECRETS, NOW),
        (b"{}", ["other"], NOW),
        (b"{}", [], NOW),
        (b"{}", [""], NOW),
        (b"{}", SECRETS, NOW + timedelta(minutes=5, seconds=1)),
        (b"{}", SECRETS, NOW - timedelta(minutes=6)),
    ):
        with pytest.raises(SignatureError):
            verify_signature(body, secrets, now, **given)
    later = {**given, "timestamp": str(int(NOW.timestamp()) + 60)}
    with pytest.raises(SignatureError):
        verify_signature(b"{}", SECRETS, NOW, **later)
    for timestamp in ("x", "", "-1", "917724960600", "9" * 13, "\u0661" * 10, "\udcff"):
        with pytest.raises(SignatureError):
            verify_signature(b"{}", SECRETS, NOW, timestamp=timestamp, signature="v1=\udcff, v1=")


def test_hex_digits_are_of_either_case() -> None:
    headers = sign_body(b"{}", SECRETS, NOW)
    given = headers["Guichet-Signature"].replace("v1=", "").upper()

    verify_signature(b"{}", SECRETS, NOW, timestamp=headers["Guichet-Timestamp"], signature=given)


@pytest.mark.parametrize(
    ("timestamp", "told"),
    [
        (str(int(NOW.timestamp() * 1000)), "not milliseconds"),
        ("", "no timestamp"),
        (NOW.isoformat(), "seconds since 1970"),
        (str(int(NOW.timestamp()) - 3600), "not of now"),
    ],
)
def test_what_is_wrong_with_a_timestamp_is_told(timestamp: str, told: str) -> None:
    with pytest.raises(SignatureError, match=told):
        verify_signature(b"{}", SECRETS, NOW, timestamp=timestamp, signature="v1=0")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
    ],
)
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        refuse_private(host)


def test_public_addresses_are_not() -> None:
    refuse_private("9.9.9.9")
    refuse_private("2620:fe::fe")
    refuse_private("guichet.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nothing_is_sent_to_a_private_address(world: HookWorld, host: str) -> None:
    open_one = world.connector
    guarded = WebhookConnector(
        url=open_one.url.replace("127.0.0.1", host),
        secrets=SECRETS,
        formatter=open_one.formatter,
        client=HttpClient(timeout=5, public_only=True),
    )
    receipt = await guarded.deliver(filing())
    assert isinstance(receipt, RetryLater)
    assert world.requests == []


class Door:
    """The inbound door of a desk, and somebody who knocks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.db_thread = DatabaseThread(house.app.store)
        incoming = InboundUpdates(house.app.store, house.app.advisor_desk)
        self.inbound = InboundWebhook(incoming, self.db_thread, SECRETS, lambda: house.now)

    async def open(self) -> None:
        self.runner, self.port = await start_server(self.inbound.application(), "127.0.0.1", 0)

    async def close(self) -> None:
        await self.runner.cleanup()
        self.db_thread.close()

    async def knock(
        self, secret: str = SECRETS[0], at: datetime | None = None, mark: bytes = b"", **told
    ) -> int:
        body = mark + json.dumps({"version": 1, "id": "evt-1", **told}).encode()
        headers = sign_body(body, [secret], at or self.house.now)
        url = f"http://127.0.0.1:{self.port}/events"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=body, headers=headers) as response:
                return response.status


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    door = Door(house)
    await door.open()
    yield door
    await door.close()


async def test_a_body_may_begin_with_a_byte_order_mark(house: House, door: Door) -> None:
    told = {"event": "ticket.message", "reference": house.file("anne"), "text": "Voici."}

    assert await door.knock(mark=BOM_UTF8, **told) == 200
    assert "« Voici. »" in house.look("anne")


async def test_an_answer_from_outside_reaches_the_requester_once(house: House, door: Door) -> None:
    reference = house.file("anne")
    told = {"event": "ticket.message", "reference": reference, "text": "Voici la réponse."}
    assert await door.knock(**told) == 200
    assert await door.knock(**told) == 200
    assert "« Voici la réponse. »" in house.look("anne")
    assert len(house.ticket(reference).messages) == 1
    note = {**told, "id": "evt-2", "text": "Entre nous.", "internal": True}
    assert await door.knock(**note) == 200
    assert "Entre nous" not in house.look("anne")


async def test_a_status_from_outside_is_the_tickets(house: House, door: Door) -> None:
    reference = house.file("anne")
    told = {"event": "ticket.status", "reference": reference, "status": "resolved"}
    assert await door.knock(**told) == 200
    assert house.ticket(reference).status is TicketStatus.RESOLVED


async def test_what_is_not_signed_now_is_not_heard(house: House, door: Door) -> None:
    reference = house.file("anne")
    told = {"event": "ticket.message", "reference": reference, "text": "Faux."}
    assert await door.knock(secret="guessed", **told) == 401
    assert await door.knock(at=house.now - timedelta(minutes=6), **told) == 401
    assert house.ticket(reference).messages == ()


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"event": "ticket.message", "reference": "PEPS-2026-999999", "text": "Oui."}, 404),
        ({"event": "ticket.message", "reference": "nulle part", "text": "Oui."}, 422),
        ({"event": "ticket.message", "reference": "PEPS-2026-000001", "text": " "}, 422),
        ({"event": "ticket.status", "reference": "PEPS-2026-000001"}, 422),
        # Only the requester withdraws a request.
        ({"event": "ticket.status", "reference": "PEPS-2026-000001", "status": "withdrawn"}, 422),
        ({"event": "autre", "reference": "PEPS-2026-000001"}, 422),
    ],
)
async def test_what_is_not_understood_is_said(door: Door, told: dict, status: int) -> None:
    assert await door.knock(**told) == status
