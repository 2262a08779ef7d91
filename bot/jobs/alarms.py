"""Alarms: each trouble is said once for the whole desk, and once more when it is over.

Of several processes the one says it that holds the lease on that alarm. The register remembers
since when it is said, so that neither a restart nor another process says it again within a day; a
trouble that lasts is said again every day. The letter is sent from here, not through the outbox: a
desk that waits for Telegram sends nothing from there. It is tried again every minute until the mail
server has taken it. While the register does not answer, each process goes by its own memory.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.connectors.email import Email, Mailer
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.delivery import Delivered, Refused
from bot.logs import log_failure
from bot.storage.leases import is_gone, process_name
from bot.storage.store import Database, Store

log = logging.getLogger(__name__)

AGAIN: Final = timedelta(days=1)
LEASE: Final = timedelta(seconds=100)  # the watch looks every minute
ALARM, LETTER = "alarm:", "alarm letter:"


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be done about an alarm now; `letter` is since when one is owed."""

    say: bool = False
    say_over: bool = False
    letter: datetime | None = None


class Alarms:
    """Says what is wrong; `recipient` gets it by e-mail too, where there is a post."""

    def __init__(self, store: Store, recipient: str, post: Mailer | None) -> None:
        self._store = store
        self._recipient = recipient
        self._post = post
        self._holder = process_name()
        self._own: dict[str, datetime] = {}
        self._asked: set[str] = set()

    async def settle(self, name: str, words: Text, now: datetime, *, is_wrong: bool) -> None:
        """Say it, or that it is over, where that is not said yet and is for this process to say."""
        self._asked.add(name)
        try:
            due = await asyncio.to_thread(self._agree, name, now, is_wrong=is_wrong)
        except Exception as error:  # noqa: BLE001 -- an alarm is worth more than the register
            log_failure(log, "alarms", error)
            due = self._alone(name, now, is_wrong=is_wrong)
        if due.say:
            log.error("alarm %s: %s", name, unescape(fill(words)))
        if due.say_over:
            log.warning("alarm %s is over", name)
        if due.letter is not None:
            await self._write(name, words, due.letter, now)

    async def give_back(self) -> None:
        """Another process may say them from now on."""
        with suppress(Exception):  # the leases run out by themselves
            await asyncio.to_thread(self._drop)

    def _agree(self, name: str, now: datetime, *, is_wrong: bool) -> _Due:
        with self._store.transaction() as db:
            if not self._is_ours(db, name, now):
                return _Due()
            said, written = (
                db.condition.last_done(ALARM + name),
                db.condition.last_done(LETTER + name),
            )
            if not is_wrong:
                db.condition.forget_done(ALARM + name, LETTER + name)
                self._own.pop(name, None)
                return _Due(say_over=said is not None)
            is_new = said is None or now - said >= AGAIN
            since = now if said is None or is_new else said
            if is_new:
                db.condition.note_done(ALARM + name, now)
            self._own[name] = since
            owes = written is None or written < since
            return _Due(say=is_new, letter=since if owes else None)

    def _is_ours(self, db: Database, name: str, now: datetime) -> bool:
        lease = ALARM + name
        for one in db.leases.running(now):
            if one.name == lease and is_gone(one.holder):
                db.leases.drop(one.holder, [lease])
        db.leases.hold([lease], self._holder, now, now + LEASE)
        holders = [one.holder for one in db.leases.running(now) if one.name == lease]
        return holders == [self._holder]

    def _alone(self, name: str, now: datetime, *, is_wrong: bool) -> _Due:
        """Without the register: said by every process, once."""
        said = self._own.get(name)
        if not is_wrong:
            return _Due(say_over=self._own.pop(name, None) is not None)
        is_new = said is None or now - said >= AGAIN
        if is_new:
            self._own[name] = now
        return _Due(say=is_new, letter=now if is_new else None)

    def _drop(self) -> None:
        with self._store.transaction() as db:
            db.leases.drop(self._holder, [ALARM + name for name in self._asked])

    async def _write(self, name: str, words: Text, since: datetime, now: datetime) -> None:
        if self._post is None or not self._recipient:
            return
        letter = Email(
            key=f"alarm/{name}/{since:%Y%m%d%H%M}",
            recipient=self._recipient,
            subject=unescape(fill(text("alarm.subject"))),
            words=unescape(fill(words)),
            at=since,
        )
        receipt = await self._post.send(letter)
        if isinstance(receipt, Refused):
            log.error("the letter of alarm %s was refused: check ALARM_TO and MAIL_FROM", name)
        if isinstance(receipt, Delivered | Refused):
            with suppress(Exception):  # it may go twice then, under one Message-ID
                await asyncio.to_thread(self._note_written, name, now)

    def _note_written(self, name: str, now: datetime) -> None:
        with self._store.transaction() as db:
            db.condition.note_done(LETTER + name, now)
