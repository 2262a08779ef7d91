"""A stage for the Telegram channel: a Bot API server on loopback, the real desk, and people."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.botapi.server import Event, Server
from support.limits import FAST

from bot.app import App, assemble, open_store
from bot.channels.formatting import render_telegram
from bot.channels.telegram.delivery import SendingLimits
from bot.channels.telegram.run import run
from bot.clock import utc_now
from bot.connectors import Connector
from bot.settings import Settings
from knowledge import KnowledgeBase

TOKEN = "1234567:" + "A" * 24
ANNE, BRUNO = 1001, 1002
PATIENCE = 20.0  # seconds until a test that waits for something gives up


class Stage:
    """What people do on Telegram, and what they see there."""

    def __init__(
        self,
        server: Server,
        knowledge: KnowledgeBase,
        settings: Settings,
        limits: SendingLimits = FAST,
    ) -> None:
        self.limits = limits
        self.server = server
        self.knowledge = knowledge
        self.settings = settings
        self.connectors: dict[str, Connector] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self.app: App

    async def open(self) -> None:
        """Start the desk, in this process, and wait until it hears."""
        first = "setWebhook" if self.settings.webhook_url else "getUpdates"
        before = self.server.call_count[first]
        await self.begin()
        await self.until(lambda: self.server.call_count[first] > before)

    async def begin(self) -> None:
        """Start it, and wait for nothing."""
        self.app = self._build()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(
            run(self.app, self._stopping, clock=utc_now, limits=self.limits)
        )

    def _build(self) -> App:
        """As the application does it, with a knowledge base that all tests share."""
        store = open_store(self.settings)
        renderers = {"telegram": render_telegram}
        return assemble(self.settings, store, self.knowledge, renderers, self.connectors)

    async def close(self) -> None:
        """Stop it as SIGTERM does."""
        if self._task is not None:
            self._stopping.set()
            task, self._task = self._task, None
            await task
            self.app.store.close()

    async def crash(self) -> None:
        """Stop it in the middle of whatever it is doing."""
        assert self._task is not None
        task, self._task = self._task, None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.app.store.close()

    def forget(self) -> None:
        """A desk that did not open need not be closed."""
        self._task = None

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                if self._task is not None and self._task.done():
                    self._task.result()
                await asyncio.sleep(0.005)

    async def say(self, *texts: str, who: int = ANNE, **extra: Any) -> int:
        """Write messages; the id of the last one."""
        self.server.add_user(who)
        for text in texts:
            message = await self.server.user_says(TOKEN, who, text, **extra)
        return int(message["message_id"])

    async def press(self, label: str, *, who: int = ANNE, on: Event | None = None) -> str:
        """Press a button of the newest message that shows it, or of the one given."""
        chat = self.server.chats[who if on is None else on.chat_id]
        for event in [on] if on else reversed(chat.events):
            for row in (event.data.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if re.search(label, button["text"]):
                        return await self.server.user_presses(
                            TOKEN, who, chat.info["id"], event.message_id, button
                        )
        raise AssertionError(f"no button « {label} »")

    async def reads(self, pattern: str, *, who: int = ANNE, kind: str = "message") -> Event:
        """The next thing shown that matches, each once."""
        chat, found = self.server.chats[who], None

        def is_shown() -> bool:
            nonlocal found
            found = next(
                (
                    event
                    for event in chat.events
                    if event.kind == kind and not event.used and re.search(pattern, event.text)
                ),
                None,
            )
            return found is not None

        try:
            await self.until(is_shown)
        except TimeoutError:
            seen = [(event.kind, event.text[:200]) for event in chat.events[-6:]]
            raise AssertionError(f"« {pattern} » never came: {seen} {self.server.errors}") from None
        assert found is not None
        found.used = True
        return found

    def shown(self, who: int = ANNE) -> list[str]:
        """The texts of all messages that the desk has sent."""
        return [event.text for event in self.server.chats[who].events if event.kind == "message"]

    def fault(self, method: str, error: int | str, times: int = 1, **options: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.server.faults.append({"method": method, "error": error, "left": times, **options})

    def look(self) -> Any:
        """A transaction on the desk's register."""
        return self.app.store.transaction()


@asynccontextmanager
async def set_up(
    folder: Path, knowledge: KnowledgeBase, *, limits: SendingLimits = FAST, **settings: Any
) -> AsyncIterator[Stage]:
    """A stage with an open desk; Telegram's limits are lifted unless others are given.

    Its operator decided that NIRs are asked for and shown on Telegram, unless a story says no.
    """
    settings = {"nir_in_chat": True, "reveal_in_telegram": True, **settings}
    server = Server()
    server.clock = lambda: utc_now().timestamp()
    url = await server.start()
    chosen = Settings(
        _env_file=None,
        data_dir=folder,
        telegram_token=TOKEN,
        telegram_base_url=f"{url}/bot",
        **settings,
    )
    stage = Stage(server, knowledge, chosen, limits)
    server.bot(TOKEN)
    for who in (ANNE, BRUNO):
        server.add_user(who)
    try:
        await stage.open()
        yield stage
    finally:
        await stage.close()
        await server.stop()
