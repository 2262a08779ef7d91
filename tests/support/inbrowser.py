"""A person in front of the web channel's pages, over HTTP, in a browser without script."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from support.clocks import RunningClock
from support.dialogue import Shown, announce, ask_requester
from support.limits import AT_ONCE
from support.webpage import Page

from bot.app import App, assemble, open_store
from bot.channels.formatting import render_web
from bot.channels.web.run import serving
from bot.channels.web.sessions import TurnLimits
from bot.commands.run import fill_register, send_reminder
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutboxState
from bot.services.helpdesk_config import Renderer
from bot.settings import Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase

PATIENCE = 20  # seconds


class Answer(NamedTuple):
    """What a browser got."""

    status: int
    text: str
    headers: dict[str, str]


class InBrowser:
    """A person in front of the pages, in a browser without script."""

    def __init__(
        self,
        folder: Path,
        clock: RunningClock,
        knowledge: KnowledgeBase,
        *,
        web_url: str = "",
        renderers: Mapping[str, Renderer] = {"web": render_web},
    ) -> None:
        self.clock, self.today = clock, day_in_paris(clock())
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        settings = Settings(_env_file=None, data_dir=folder, web_url=web_url)
        store = open_store(settings)
        self.app: App = assemble(settings, store, knowledge, renderers, {})
        self.db_thread = DatabaseThread(self.app.store)
        self._await(self._start())
        self.page = Page(self.get("/").text)

    async def _start(self) -> None:
        self.server = serving(
            self.app, self.db_thread, 0, clock=self.clock, limits=TurnLimits(AT_ONCE)
        )
        self.url = f"http://127.0.0.1:{await self.server.__aenter__()}"
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"Origin": self.app.settings.web_url or self.url}
        self.http = aiohttp.ClientSession(self.url, cookie_jar=jar, headers=headers)

    def stop(self) -> None:
        self._await(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()
        self.db_thread.close()
        self.app.store.close()

    async def _stop(self) -> None:
        await self.http.close()
        await self.server.__aexit__(None, None, None)

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def get(
        self, path: str, headers: dict[str, str] | None = None, *, follow: bool = True
    ) -> Answer:
        return self._await(self._asked("GET", path, headers=headers, allow_redirects=follow))

    def post(
        self, path: str, fields: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Answer:
        """Post a form as a browser does: where it is led afterwards is what is answered."""
        form = aiohttp.FormData()
        for name, value in fields.items():
            if isinstance(value, Path):
                form.add_field(name, value.read_bytes(), filename=value.name)
            else:
                form.add_field(name, value)
        return self._await(self._asked("POST", path, data=form, headers=headers))

    async def _asked(self, method: str, path: str, **more: Any) -> Answer:
        async with self.http.request(method, path, **more) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """A table that every turn needs is not there."""
        with self.app.store.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE web_session RENAME TO away")
            connection.commit()
            yield
            connection.exec_driver_sql("ALTER TABLE away RENAME TO web_session")
            connection.commit()

    def type(self, words: str) -> Shown:
        return self._posted(self.page.form("saisie") | {"texte": words})

    def send(self, file: Path) -> Shown:
        return self._posted(self.page.form("saisie") | {"texte": "", "fichier": file})

    def press(self, label: str) -> Shown:
        return self._posted(self.page.button(label))

    def wait_for_answer(self, words: str) -> Shown:
        ask_requester(self.app, words, self.clock())
        return self._settled()

    def read_notice(self, words: str) -> None:
        announce(self.app, words, self.clock())

    def administer(self) -> Shown:
        self.type("/start")
        now: datetime = self.clock()
        fill_register(self.app, self.address(), now)
        send_reminder(self.app, now)
        return self._settled()

    def address(self) -> str:
        with self.app.store.transaction() as db:
            (person,) = [one for one in db.people.everybody() if one.home.startswith("web:")]
            return person.home

    def _posted(self, fields: dict[str, Any]) -> Shown:
        answer = self.post("/tour", fields)
        assert answer.status == 200, answer.text
        return self._shown(answer.text)

    def _settled(self) -> Shown:
        """What came later, once it was carried onto the page."""

        async def carried() -> None:
            while True:
                waiting = await self.db_thread.record(
                    lambda db: db.outbox.list(OutboxState.WAITING)
                )
                if not any(one.lane.startswith("web:") for one in waiting):
                    return
                await asyncio.sleep(0.02)

        self._await(carried())
        return self._shown(self.get("/").text)

    def _shown(self, html: str) -> Shown:
        before, self.page = self.page, Page(html)
        new = [line for line in self.page.lines if line.id not in {one.id for one in before.lines}]
        erased = any("Message retiré" in line.text for line in new)
        text = "\n".join(line.text for line in new if line.is_desk)
        return Shown(text, tuple(self.page.labels), erased)
