"""Hostile input at the doors that listen: Telegram's webhook, and the events of other systems.

Whatever is sent to them, in whatever pieces, they answer with a refusal of four hundred and
something or hang up, never fall over, take nothing without a proof, and hear the next one.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from itertools import count
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from torture.drawn import ANYTHING, updates
from torture.knocks import JUNK, Knock, knock, knocks, status_of
from torture.test_doors import SECRET, calm
from torture.world import TOKEN, Desk, World

from bot.background.inbound_webhook import MOST_EVENT, InboundWebhook
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.webhook import HEADER, Webhook, secret_of
from bot.connectors.webhook import SIGNATURE, TIMESTAMP, sign_body
from bot.http_server import post_application, read_body, start_server
from bot.services.inbound_updates import InboundUpdates
from knowledge import KnowledgeBase

REFUSALS = (0, 400, 401, 403, 404, 405, 408, 413, 415, 417, 422)
"""Nothing is said where it was no HTTP at all."""
REFERENCE = "PEPS-2026-000001"
numbers = count(9_000_000)


class Doors:
    """Both doors of one desk, open in a loop that stands still between two examples."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._runner = asyncio.Runner()
        self._open: list[web.AppRunner] = []
        receiver = Receiver(desk.world.bot, desk.intake, desk.db_thread, clock=desk.clock)
        self._hook = Webhook(receiver, secret_of(TOKEN), asyncio.Event())
        incoming = InboundUpdates(desk.store, desk.app.advisor_desk)
        inbound = InboundWebhook(incoming, desk.db_thread, (SECRET,), desk.clock)
        self.telegram = self.run(self._listen(self._hook.application()))
        self.events = self.run(self._listen(inbound.application()))
        self.run(self._work())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    async def _listen(self, application: web.Application) -> int:
        runner, port = await start_server(application, "127.0.0.1", 0)
        self._open.append(runner)
        return port

    async def _work(self) -> None:
        self._working = asyncio.create_task(self._hook.run())

    def close(self) -> None:
        for one in self._open:
            self.run(one.cleanup())
        self._working.cancel()
        self._runner.close()


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase) -> Iterator[Doors]:
    world = World(tmp_path_factory.mktemp("http"), knowledge)
    doors = Doors(Desk(world, lambda _: False))
    yield doors
    doors.close()
    world.close()


def header(name: str, value: bytes) -> bytes:
    return name.encode() + b": " + value


def plain(path: bytes, headers: list[bytes], body: bytes) -> Knock:
    """A request as it should be."""
    length = b"Content-Length: %d" % len(body)
    head = b"\r\n".join((b"POST %b HTTP/1.1" % path, b"Host: x", *headers, length))
    return Knock((head + b"\r\n\r\n" + body,), waits=True)


def for_telegram(proof: bytes = secret_of(TOKEN).encode()) -> list[bytes]:
    return [header(HEADER, proof)]


def has_received(desk: Desk, number: int) -> bool:
    with desk.world.look() as db:
        return not db.inbox.remember_update("telegram", number, desk.clock())


@calm
@given(st.data())
def test_whatever_comes_to_the_webhook(doors: Doors, data: st.DataObject) -> None:
    update = data.draw(updates(person := next(numbers)))
    update["update_id"] = number = person
    body = json.dumps(update).encode()
    proof = for_telegram()
    proofs = (proof, *map(for_telegram, (b"guessed", b"\xff\xc3")), [], for_telegram(b"a") + proof)
    given, is_one = data.draw(knocks(b"/telegram", proofs, body))

    answer = doors.run(knock(doors.telegram, given))

    assert status_of(answer) in (200, *REFUSALS), answer
    assert not is_one or status_of(answer) == 200
    assert proof[0] in b"".join(given.pieces) or not has_received(doors.desk, number)
    well = plain(b"/telegram", for_telegram(), b'{"update_id": %d}' % next(numbers))
    assert status_of(doors.run(knock(doors.telegram, well))) == 200


def nested(deep: int) -> bytes:
    return b"[" * deep + b"]" * deep


@calm
@given(
    st.sampled_from((b"", b"[]", b"{", b"\xff\xfe{", b'{"update_id": -1}', b'{"update_id": 1e3}'))
    | st.integers(50, 3000).map(nested)
    | st.integers(2**20 - 2, 2**21).map(lambda size: b" " * size)
    | JUNK
)
def test_bodies_that_are_no_update(doors: Doors, body: bytes) -> None:
    answer = doors.run(knock(doors.telegram, plain(b"/", for_telegram(), body)))

    assert status_of(answer) in (200, 400, 413), answer


@calm
@given(st.data())
def test_whatever_comes_to_the_events(doors: Doors, data: st.DataObject) -> None:
    told = data.draw(
        st.dictionaries(st.sampled_from(("id", "event", "text", "status", "x")), ANYTHING)
    )
    usual = {"version": 1, "id": "e-1", "event": "ticket.message", "reference": REFERENCE}
    body = json.dumps({**usual, **told}).encode()
    proved = [header(*pair) for pair in signed(doors, body)]
    odd = data.draw(JUNK).replace(b"\r", b"").replace(b"\n", b"")
    proofs = (
        proved,
        [proved[0], header(SIGNATURE, odd)],
        [header(TIMESTAMP, odd), proved[1]],
        [proved[0], proved[1] + b", v1=" + odd],
        [],
    )
    given, _ = data.draw(knocks(b"/events", proofs, body))

    answer = doors.run(knock(doors.events, given))

    assert status_of(answer) in (200, *REFUSALS), answer
    well = b'{"version": 1, "id": "w", "event": "ticket.message", "reference": "PEPS-2026-999999",'
    well += b' "text": "a"}'
    heads = [header(*pair) for pair in signed(doors, well)]
    assert status_of(doors.run(knock(doors.events, plain(b"/events", heads, well)))) == 404


def signed(doors: Doors, body: bytes) -> list[tuple[str, bytes]]:
    proof = sign_body(body, (SECRET,), doors.desk.clock())
    return [(name, proof[name].encode()) for name in (TIMESTAMP, SIGNATURE)]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Expect: 100-continue", 200),
        (b"Expect: \xff", 417),
        (b"Content-Encoding: gzip", 400),
        (b"Content-Encoding: deflate", 400),
        (b"Transfer-Encoding: chunked", 400),
    ],
)
def test_heads_that_are_not_plain(doors: Doors, head: bytes, status: int) -> None:
    body = b'{"update_id": %d}' % next(numbers)

    well = plain(b"/", [*for_telegram(), head], body)
    elsewhere = Knock((well.pieces[0].replace(b"POST", b"PUT"),), waits=True)

    assert status_of(doors.run(knock(doors.telegram, well))) == status
    assert status_of(doors.run(knock(doors.telegram, elsewhere))) in (404, status)


def test_an_event_that_is_too_long_is_refused(doors: Doors) -> None:
    body = b" " * (MOST_EVENT + 1)
    heads = [header(*pair) for pair in signed(doors, body)]

    assert status_of(doors.run(knock(doors.events, plain(b"/events", heads, body)))) == 413


def test_who_sends_slowly_holds_up_nobody(doors: Doors) -> None:
    async def beside() -> list[int]:
        _, slow = await asyncio.open_connection("127.0.0.1", doors.telegram)
        head = plain(b"/", for_telegram(), b"12345").pieces[0][:-3]
        slow.write(head)
        await slow.drain()
        well = [plain(b"/", for_telegram(), b'{"update_id": %d}' % next(numbers)) for _ in range(3)]
        said = [status_of(await knock(doors.telegram, one)) for one in well]
        slow.close()
        return said

    assert doors.run(beside()) == [200, 200, 200]


def test_a_body_that_does_not_come_is_given_up(doors: Doors) -> None:
    async def hear(request: web.Request) -> web.Response:
        return web.Response(body=await read_body(request, patience=0.02))

    async def half() -> bytes:
        runner, port = await start_server(post_application("/", hear, most=100), "127.0.0.1", 0)
        whole = plain(b"/", [], b"12345").pieces[0]
        answer = await knock(port, Knock((whole[:-3],), waits=True))
        await runner.cleanup()
        return answer

    assert status_of(doors.run(half())) == 408
