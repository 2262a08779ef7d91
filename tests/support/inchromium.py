"""A person in front of a real Chromium, with script or without."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from support.browser import launched
from support.clocks import MONDAY, RunningClock, process_at
from support.dialogue import Shown, ask_requester
from support.inbrowser import InBrowser
from support.webpage import Page

from bot.commands.run import fill_register, send_reminder
from knowledge import KnowledgeBase

Opened = Callable[..., "InChromium"]
TURN_DONE = "old => document.querySelector('#saisie [name=cle]')?.value !== old"
NEWS_CAME = "old => document.querySelector('#fil article:last-child').id !== old"


class InChromium(InBrowser):
    """Everything goes through the browser; whatever it complains of is kept in `complaints`."""

    def __init__(
        self,
        folder: Path,
        clock: RunningClock,
        knowledge: KnowledgeBase,
        browser: Browser,
        **options: Any,
    ) -> None:
        super().__init__(folder, clock, knowledge)
        self.scripted = options.get("java_script_enabled", True)
        self.complaints: list[str] = []
        self.context = browser.new_context(base_url=self.url, **options)
        self.tab = self.context.new_page()
        self.tab.on("console", lambda said: self._complain(said.type, said.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda asked: self._check_host(asked.url))
        self.tab.goto("/")
        self.page = Page(self.tab.content())

    def _complain(self, kind: str, words: str) -> None:
        if kind == "error":
            self.complaints.append(words)

    def _check_host(self, url: str) -> None:
        if not url.startswith(self.url):
            self.complaints.append(f"another host: {url}")

    def stop(self) -> None:
        self.context.close()
        super().stop()

    def type(self, words: str) -> Shown:
        self.tab.fill("#texte", words)
        return self._sent(lambda: self.tab.click("#saisie .principal"))

    def send(self, file: Path) -> Shown:
        if not self.tab.is_visible("#fichier"):
            self.tab.click("#saisie summary")
        self.tab.set_input_files("#fichier", file)
        return self._sent(lambda: self.tab.click("#saisie .principal"))

    def press(self, label: str) -> Shown:
        choice = self.tab.locator("#choix").get_by_role("button", name=label, exact=True)
        return self._sent(choice.first.click)

    def wait_for_answer(self, words: str) -> Shown:
        last = self.page.lines[-1].id
        ask_requester(self.app, words, self.clock())
        return self._later(last)

    def administer(self) -> Shown:
        self.type("/start")
        last, now = self.page.lines[-1].id, self.clock()
        fill_register(self.app, self.address(), now)
        send_reminder(self.app, now)
        return self._later(last)

    def _sent(self, send: Any) -> Shown:
        key = self.page.form("saisie")["cle"]
        send()
        if self.scripted:
            self.tab.wait_for_function(TURN_DONE, arg=key)
        else:
            self.tab.wait_for_load_state()
        return self._shown(self.tab.content())

    def _later(self, last: str) -> Shown:
        """What comes by itself with script, and at a reload without."""
        if self.scripted:
            self.tab.wait_for_function(NEWS_CAME, arg=last)
        else:
            self._settled()
            self.tab.goto("/")
        return self._shown(self.tab.content())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Opened]:
    """Opens the conversation; at the end nothing may have been complained of."""
    with ExitStack() as stack:
        clock = stack.enter_context(process_at(MONDAY))

        def opens(**options: Any) -> InChromium:
            person = InChromium(tmp_path / "data", clock, knowledge, browser, **options)
            stack.callback(person.stop)
            people.append(person)
            return person

        people: list[InChromium] = []
        yield opens
        assert [person.complaints for person in people] == [[]] * len(people)
