"""The watch: what would go unnoticed is said aloud, in the log and to the operator by e-mail.

Telegram keeps what people write for 24 hours: when it has been out of reach for one, somebody has
to look. Reminders that were due yesterday and did not leave are nobody's complaint until an account
is lost. Each trouble is said once, and once more when it is over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.connectors.post import Letter, Post
from bot.conversation.text import Text, text
from bot.conversation.wording import fill, unescape
from bot.jobs.failures import log_failure
from bot.jobs.health import Facts, Health, judge
from bot.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = 60.0  # seconds
UNREACHABLE: Final = timedelta(hours=1)
IDLE: Final = timedelta(minutes=2)
"""A line on which nothing was said for so long is asked whether it is there."""

Ask = Callable[[], Awaitable[object]]


class Watch:
    """Raises alarms; `ask` says anything to Telegram, so that silence is noticed."""

    def __init__(
        self,
        health: Health,
        settings: Settings,
        *,
        ask: Ask | None = None,
        post: Post | None = None,
    ) -> None:
        self._health = health
        self._settings = settings
        self._ask = ask
        self._post = post
        self._raised: set[str] = set()
        self._told_on: object = None

    async def run(self) -> None:
        """Look every minute, for ever."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 -- the next look may be better
                log_failure(log, "watch", error)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        await self._touch()
        facts = await self._health.facts()
        await self._watch_telegram(facts.now)
        await self._watch_reminders(facts)

    async def _touch(self) -> None:
        pulse = self._health.pulse
        if pulse is None or self._ask is None:
            return
        last = pulse.answered_at
        if last is None or pulse.clock() - last > IDLE:
            try:
                await self._ask()
            except Exception:  # noqa: BLE001 -- the pulse has noted it
                return

    async def _watch_telegram(self, now: datetime) -> None:
        pulse = self._health.pulse
        since = pulse.silent_since if pulse else None
        is_wrong = since is not None and now - since >= UNREACHABLE
        words = text("alarm.telegram", since=f"{since:%d/%m/%Y %H:%M} UTC" if since else "")
        await self._settle("telegram", words, now, is_wrong=is_wrong)

    async def _watch_reminders(self, facts: Facts) -> None:
        checks = judge(facts, None, self._settings.calendar)
        found = next((one for one in checks if one.name == "reminders"), None)
        if found is None:
            return
        words = text("alarm.reminders", number=str(facts.overlooked))
        await self._settle("reminders", words, facts.now, is_wrong=not found.good)
        if found.good and facts.now.date() != self._told_on:
            self._told_on = facts.now.date()
            log.info("reminders: %s", found.why)

    async def _settle(self, name: str, words: Text, now: datetime, *, is_wrong: bool) -> None:
        if is_wrong and name not in self._raised:
            self._raised.add(name)
            log.error("alarm %s: %s", name, unescape(fill(words)))
            await self._write(name, words, now)
        elif not is_wrong and name in self._raised:
            self._raised.remove(name)
            log.warning("alarm %s is over", name)

    async def _write(self, name: str, words: Text, now: datetime) -> None:
        if self._post is None or not self._settings.alarm_to:
            return
        letter = Letter(
            key=f"alarm/{name}/{now:%Y%m%d%H%M}",
            recipient=self._settings.alarm_to,
            subject=unescape(fill(text("alarm.subject"))),
            words=unescape(fill(words)),
            at=now,
        )
        await self._post.send(letter)
