"""The nursery: desks are forked from a process that has read code and content already.

A start from nothing takes two seconds, nearly all of it reading. A forked desk is as real: a
process with settings, keys, connections, tasks and a memory of its own, and `kill -9` takes all of
that away. What it inherits was read from the project's files alone.

One order a line on standard input, one answer a line on standard output.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers
from support.limits import FAST
from torture.deadlines import keep_coming

from bot.app import App, assemble, open_store
from bot.channels.telegram import run as channel
from bot.channels.telegram.delivery import SendingLimits
from bot.commands.common import RENDERERS, load_settings
from bot.connectors.factory import build_connectors
from bot.conversation.texts import load_texts
from bot.domain.working_days import Region, is_sending_time
from knowledge import KnowledgeBase, load_knowledge

ROOT = Path(__file__).parents[2]


class Nursery:
    """Starts desks and tells how they ended."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._answers = process.stdin, process.stdout
        self._turn = asyncio.Lock()

    async def start(self, folder: Path, env: Mapping[str, str], *, deadlines: int = 0) -> int:
        """The number of a new process, which runs in `folder` and logs there.

        With `deadlines` its register grows by itself; see there.
        """
        return int(await self._ask(folder=str(folder), env=dict(env), deadlines=deadlines))

    async def ended(self, pid: int) -> int | None:
        """How a process ended (the number of a signal below zero); None while it lives."""
        answer = await self._ask(ended=pid)
        return None if answer is None else int(answer)

    async def _ask(self, **order: Any) -> Any:
        """Whoever no longer waits leaves no answer behind for the next who asks."""
        return await asyncio.shield(self._exchange(order))

    async def _exchange(self, order: Mapping[str, Any]) -> Any:
        async with self._turn:
            self._orders.write(json.dumps(order).encode() + b"\n")
            return json.loads(await self._answers.readline())


@asynccontextmanager
async def open_nursery(shim: Path | None = None) -> AsyncIterator[Nursery]:
    """A nursery, whose desks write through a shim if one is given; nobody outlives it."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    preload = {} if shim is None else {"LD_PRELOAD": str(shim)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "torture.nursery"),
        start_new_session=True,  # a Ctrl-C at the keyboard is for whoever opened it
        env={**os.environ, "PYTHONPATH": path, **preload},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


class _Cradle:
    """The other side: what the orders do."""

    def __init__(self) -> None:
        self.living: set[int] = set()
        self._codes: dict[int, int] = {}
        self._knowledge = load_knowledge()

    def obey(self, order: Mapping[str, Any]) -> int | None:
        if "ended" in order:
            return self._ended(order["ended"])
        if (pid := os.fork()) == 0:
            _live(order, self._knowledge)
        self.living.add(pid)
        return pid

    def _ended(self, pid: int) -> int | None:
        if pid in self.living:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if not gone:
                return None
            self.living.discard(pid)
            self._codes[pid] = os.waitstatus_to_exitcode(status)
        return self._codes[pid]


def _live(order: Mapping[str, Any], knowledge: KnowledgeBase) -> None:
    """A desk's whole life; never comes back."""
    code = 1
    try:
        _settle(Path(order["folder"]))
        os.environ.update(order["env"])
        _run(knowledge, order["deadlines"], limited="SEND_RATE" in order["env"])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 -- a process that failed says so in its log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _settle(folder: Path) -> None:
    """Live in a folder, hear nothing, and say everything in its log."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    sys.argv[1:] = ["telegram"]
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(log, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _run(knowledge: KnowledgeBase, deadlines: int, *, limited: bool) -> None:
    """What `guichet telegram` does once it has read the content; `limited` as Telegram is."""
    settings = load_settings()
    connectors = build_connectors(settings, knowledge.catalogue)
    app = assemble(settings, open_store(settings), knowledge, RENDERERS, connectors)
    limits = None if limited else FAST
    asyncio.run(_work(app, deadlines, limits))


async def _work(app: App, deadlines: int, limits: SendingLimits | None) -> None:
    growing = asyncio.create_task(keep_coming(app, deadlines)) if deadlines else None
    try:
        await channel.run(app, limits=limits)
    finally:
        if growing is not None:
            growing.cancel()


def _warm() -> None:
    """What every desk would read, find out or put together anew from the code alone."""
    configure_mappers()
    load_texts()
    is_sending_time(datetime.now(UTC), Region.METROPOLE)


def serve() -> None:
    """Fork desks until standard input ends; whoever still lives then goes too."""
    cradle = _Cradle()
    _warm()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(cradle.obey(json.loads(line))), flush=True)
    for pid in cradle.living:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve()
