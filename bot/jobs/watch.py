"""The watch: what would go unnoticed is said aloud, in the log and to the operator by e-mail.

Telegram keeps what people write for 24 hours: when it has been out of reach for one, somebody has
to look. Reminders that were due yesterday and did not leave are nobody's complaint until an account
is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.connectors.email import Mailer
from bot.conversation.texts import text
from bot.domain.working_days import is_sending_time
from bot.logs import log_failure
from bot.monitoring.alerts import Alerts
from bot.monitoring.health import LATE, Health, HealthFacts, check_health
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
        post: Mailer | None = None,
    ) -> None:
        self._health = health
        self._settings = settings
        self._ask = ask
        self._alarms = Alerts(health.store, settings.alarm_to, post)
        self._told_on: object = None
        self._began: datetime | None = None

    async def run(self) -> None:
        """Look every minute, for ever."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(EVERY)
        finally:
            await self._alarms.give_back()

    async def _look(self) -> None:
        try:
            await self.look()
        except Exception as error:  # noqa: BLE001 -- the next look may be better
            log_failure(log, "watch", error)

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
        await self._alarms.settle("telegram", words, now, is_wrong=is_wrong)

    async def _watch_reminders(self, facts: HealthFacts) -> None:
        checks = check_health(facts, None, self._settings.calendar)
        found = next((one for one in checks if one.name == "reminders"), None)
        if found is None:
            return
        if self._began is None:
            self._began = facts.now
        is_fresh = facts.now - self._began < LATE
        if is_fresh and not found.good and not facts.overlooked:
            return  # who has just started is not late with a round
        key = "alarm.reminders" if facts.overlooked else "alarm.rounds"
        words = text(key, number=str(facts.overlooked))
        if is_sending_time(facts.now, self._settings.calendar.region):  # at night nothing is amiss
            await self._alarms.settle("reminders", words, facts.now, is_wrong=not found.good)
        if found.good and facts.now.date() != self._told_on:
            self._told_on = facts.now.date()
            log.info("reminders: %s", found.why)
