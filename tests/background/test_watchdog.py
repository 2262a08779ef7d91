"""No single input holds the desk: a process whose turn spins is ended, the next one goes on.

A real process, started again as systemd would; what spins is handed in from outside.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from channels.telegram.staffed import A_REQUEST, GROUP, LUC
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from channels.telegram.test_webhook import free_port
from support.botapi.server import Server
from support.spinning import WORD

from bot.app import assemble, open_store
from bot.background.watchdog import CODE, supervised
from bot.channels.formatting import render_telegram
from bot.clock import utc_now
from bot.domain.people import Colleague, StaffRole
from bot.settings import Settings, Systemd
from bot.storage.ticket_links import Post, Topic
from knowledge import KnowledgeBase

ROOT = Path(__file__).parents[2]
FAILED, PROFILE = "Une erreur de notre côté", "^Votre profil"
PATIENCE = 120.0  # seconds; three starts, each of a process from nothing


class Restarted:
    """A desk that is started again whenever it ends; how each life ended."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.codes: list[int] = []
        self.log = folder / "log"
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        self._env = {**os.environ, "PYTHONPATH": path, **env}

    async def run(self) -> None:
        while True:
            with self.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "support.spinning"),
                    env=self._env,
                    stdout=log,
                    stderr=log,
                )
            try:
                self.codes.append(await process.wait())
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise


@asynccontextmanager
async def desk(
    folder: Path, knowledge: KnowledgeBase, spin: str, **settings: str
) -> AsyncIterator[tuple[Stage, Restarted]]:
    """People in front of such a desk, which is not started yet."""
    server = Server()
    url = await server.start()
    server.bot(TOKEN)
    for who in (ANNE, BRUNO, LUC):
        server.add_user(who)
    chosen = Settings(_env_file=None, data_dir=folder / "data", telegram_token=TOKEN)
    env = {
        "DATA_DIR": str(folder / "data"),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_BASE_URL": f"{url}/bot",
        "SPIN": spin,
        "TURN_LIMIT": "1",
        **settings,
    }
    restarted = Restarted(folder, **env)
    yield Stage(server, knowledge, chosen), restarted
    await server.stop()


@asynccontextmanager
async def running(restarted: Restarted) -> AsyncIterator[None]:
    task = asyncio.create_task(restarted.run())
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def reads(stage: Stage, pattern: str, who: int = ANNE) -> None:
    """As on a stage, with the patience that three starts take."""
    while True:
        try:
            await stage.reads(pattern, who=who)
        except AssertionError:
            continue
        return


async def test_a_message_that_spins_is_put_aside_and_the_others_are_taken(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    """In a pattern, where no other thread is let in."""
    async with desk(tmp_path, knowledge, "pattern") as (stage, restarted):
        await stage.say("/profil", who=BRUNO)
        await stage.say(f"le mot {WORD}")
        await stage.say("/profil", "/profil", who=BRUNO)
        async with running(restarted):
            for _ in range(3):
                await reads(stage, PROFILE, who=BRUNO)
            await reads(stage, FAILED)
            await stage.say("/profil")
            await reads(stage, PROFILE)

    assert restarted.codes == [-signal.SIGPROF.value] * 2
    assert 3 <= len(stage.shown(BRUNO)) <= 5  # a message may come once more for each death
    said = restarted.log.read_text()
    assert "spinning.py" in said  # where it was
    assert TOKEN not in said
    assert "le mot" not in said


async def test_the_same_in_code_of_ours_and_by_webhook(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    port = free_port()
    hook = {"WEBHOOK_URL": f"http://127.0.0.1:{port}/", "PORT": str(port)}
    async with desk(tmp_path, knowledge, "python", **hook) as (stage, restarted):
        await stage.say(f"le mot {WORD}")
        await stage.say("/profil", who=BRUNO)
        async with running(restarted):
            await reads(stage, PROFILE, who=BRUNO)
            await reads(stage, FAILED)

    assert restarted.codes == [CODE, CODE]


async def test_the_same_for_an_advisor(tmp_path: Path, knowledge: KnowledgeBase) -> None:
    """An answer that spins on its way to the requester: its author is told in the topic."""
    async with desk(tmp_path, knowledge, "python", STAFF_CHAT_ID=str(GROUP)) as (stage, restarted):
        bot = stage.server.bot(TOKEN).user["id"]
        stage.server.add_chat(GROUP, is_forum=True, members={bot: "administrator"})
        topic = stage.server.do_createForumTopic(
            stage.server.bot(TOKEN), {"chat_id": str(GROUP), "name": "x"}, {}
        )
        thread = topic["message_thread_id"]
        recap = await stage.server.user_says(TOKEN, LUC, "recap", chat_id=GROUP, thread=thread)
        prepare(stage, thread, recap["message_id"])
        await stage.server.user_says(
            *(TOKEN, LUC, f"la réponse {WORD}"),
            chat_id=GROUP,
            thread=thread,
            reply_to=recap["message_id"],
        )
        await stage.say("/profil")
        async with running(restarted):
            await reads(stage, PROFILE)
            await reads(stage, FAILED, who=GROUP)

    assert restarted.codes == [CODE, CODE]


def prepare(stage: Stage, thread: int, recap: int) -> None:
    """A ticket of Anne's whose topic stands in the group already."""
    store = open_store(stage.settings)
    app = assemble(stage.settings, store, stage.knowledge, {"telegram": render_telegram}, {})
    with store.transaction() as db:
        db.staff.save(Colleague(f"telegram:{LUC}", "Luc", StaffRole.ADVISOR), utc_now())
        person = db.people.of(f"telegram:{ANNE}", utc_now()).id
        tickets = app.helpdesk.config.requester_tickets(db, person)
        reference = tickets.file(A_REQUEST, utc_now()).reference
        db.ticket_links.save_topic(
            Topic(reference=reference, chat_id=GROUP, thread_id=thread, title="", closed=False)
        )
        db.ticket_links.save_post(GROUP, recap, Post(reference, None))
    store.close()


class Manager:
    """A socket as systemd listens on, and what a service told there."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    async def hears(self) -> str:
        loop = asyncio.get_running_loop()
        return (await asyncio.wait_for(loop.sock_recv(self.socket, 100), PATIENCE)).decode()

    def forget(self) -> int:
        """How many words were waiting; the loop has no turn meanwhile."""
        for number in count():
            try:
                self.socket.recv(100)
            except BlockingIOError:
                return number
        raise AssertionError


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    with manager.socket:
        yield manager


async def test_systemd_is_told_that_the_desk_is_ready_lives_and_stops(manager: Manager) -> None:
    systemd = Systemd(notify_socket=manager.socket.getsockname(), watchdog_seconds=0.03)

    async with supervised(systemd):
        assert [await manager.hears() for _ in range(4)] == ["READY=1", *["WATCHDOG=1"] * 3]
    while (last := await manager.hears()) == "WATCHDOG=1":
        pass
    assert last == "STOPPING=1"


async def test_a_loop_that_stands_still_tells_nothing(manager: Manager) -> None:
    systemd = Systemd(notify_socket=manager.socket.getsockname(), watchdog_seconds=0.003)

    async with supervised(systemd):
        assert await manager.hears() == "READY=1"
        assert await manager.hears() == "WATCHDOG=1"
        manager.forget()
        time.sleep(0.05)  # noqa: ASYNC251 -- what stands still
        assert manager.forget() == 0


async def test_an_abstract_socket_and_no_watchdog() -> None:
    name = f"guichet-{os.getpid()}"
    manager = Manager(f"\0{name}")

    async with supervised(Systemd(notify_socket=f"@{name}")):
        assert await manager.hears() == "READY=1"
    assert await manager.hears() == "STOPPING=1"
    manager.socket.close()


async def test_outside_a_service_or_with_a_deaf_manager_the_desk_works_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervised(Systemd()):
        assert not caplog.records
    async with supervised(Systemd(notify_socket=str(tmp_path / "nowhere"))):
        assert "READY=1" in caplog.text
