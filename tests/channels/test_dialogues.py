"""Every dialogue over Telegram: the real channel over HTTP, and a Bot API server on loopback."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.botapi.server import Server
from support.clocks import MONDAY, RunningClock, process_at
from support.dialogue import FILES, Shown, announce, ask_requester, play
from support.limits import FAST

from bot.app import App, build_app
from bot.channels.formatting import render_telegram
from bot.channels.telegram.run import run
from bot.commands.run import fill_register, send_reminder
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutboxState
from bot.settings import Settings

TOKEN = "4242:fictitious"
ANNE = 1001
PATIENCE = 20  # seconds; only a bot that does not answer at all makes anybody wait so long


class OnTelegram:
    """A person with the app open, in front of a bot that runs beside them."""

    def __init__(self, folder: Path, clock: RunningClock) -> None:
        self.clock, self.today = clock, day_in_paris(clock())
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = Server()
        self.server.clock = lambda: clock().timestamp()
        self.app: App = self._await(self._start(folder))
        self.seen = 0

    async def _start(self, folder: Path) -> App:
        base_url = await self.server.start()
        self.server.add_user(ANNE, first_name="Anne <b>", language_code="fr")
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            telegram_token=TOKEN,
            telegram_base_url=f"{base_url}/bot",
            nir_in_chat=True,
        )
        app = build_app(settings, {"telegram": render_telegram})
        self.stopping = asyncio.Event()
        self.running = asyncio.create_task(run(app, self.stopping, clock=self.clock, limits=FAST))
        return app

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def stop(self) -> None:
        self._await(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()
        self.app.store.close()

    async def _stop(self) -> None:
        self.stopping.set()
        await self.running
        await self.server.stop()

    def type(self, words: str) -> Shown:
        message = self._await(self.server.user_says(TOKEN, ANNE, words))["message_id"]
        return self._settled(message)

    def send(self, file: Path) -> Shown:
        kept = self.server._save_file(file.name, file.read_bytes())
        document = {**kept, "file_name": file.name, "mime_type": "application/octet-stream"}
        said = self.server.user_says(TOKEN, ANNE, media={"document": document})
        return self._settled(self._await(said)["message_id"])

    def wait_for_answer(self, words: str) -> Shown:
        ask_requester(self.app, words, self.clock())
        return self._settled(None)

    def read_notice(self, words: str) -> None:
        announce(self.app, words, self.clock())

    def administer(self) -> Shown:
        self.type("/start")  # Telegram lets no bot speak first
        now = self.clock()
        fill_register(self.app, f"telegram:{ANNE}", now)
        send_reminder(self.app, now)
        return self._settled(None)

    def press(self, label: str) -> Shown:
        chat = self.server.chats[ANNE]
        for mid in sorted(chat.messages, reverse=True):
            keyboard = chat.messages[mid].get("reply_markup", {}).get("inline_keyboard", [])
            for button in (button for row in keyboard for button in row):
                if button["text"] == label:
                    self._await(self.server.user_presses(TOKEN, ANNE, ANNE, mid, button))
                    return self._settled(None)
        raise AssertionError(f"no button « {label} » in the chat")

    def _settled(self, typed: int | None) -> Shown:
        """What the chat shows once the bot has taken everything in and sent everything out."""
        chat, deadline = self.server.chats[ANNE], time.monotonic() + PATIENCE
        first = self.seen
        while time.monotonic() < deadline:
            time.sleep(0.02)
            if len(chat.events) > first and self._is_idle():
                break
        events = chat.events[first:]
        self.seen = len(chat.events)
        messages = [event for event in events if event.kind == "message"]
        labels = tuple(
            button["text"]
            for event in messages
            for row in event.data.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
        )
        text = "\n".join(event.text for event in messages)
        return Shown(text, labels, erased=typed in chat.deleted)

    def _is_idle(self) -> bool:
        if self.server.bot(TOKEN).queue:
            return False
        with self.app.store.transaction() as db:
            return not db.outbox.list(OutboxState.WAITING)


@pytest.fixture
def anne(tmp_path: Path) -> Iterator[OnTelegram]:
    with process_at(MONDAY) as clock:
        player = OnTelegram(tmp_path / "data", clock)
        yield player
        player.stop()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_dialogue_on_telegram(anne: OnTelegram, file: Path, tmp_path: Path) -> None:
    play(file, anne, tmp_path)
