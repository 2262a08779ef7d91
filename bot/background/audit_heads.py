"""Sends the head of the audit log elsewhere, so that a log that was cut short is noticed.

Who has the whole machine can write the whole log anew, but not what has already left. The head (the
number of the newest entry, and what stands for all entries up to it) leaves every hour in which
something was added, and soon after each reveal of a NIR: to a file that another account owns or
that is on another disk, by e-mail, or to an https address. `guichet audit verify --against`
compares it with the log. Source: CNIL, délibération n° 2021-122 (logs stand apart from what they
watch).
"""

import asyncio
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.app import App
from bot.clock import utc_now
from bot.connectors.email import Email
from bot.connectors.http import HttpClient
from bot.domain.delivery import Delivered
from bot.storage.audit_log import REVEALS, AuditHead
from bot.storage.store import Database, DatabaseThread

EVERY: Final = timedelta(hours=1)
LOOK_EVERY: Final = timedelta(minutes=1)
TIMEOUT: Final = 10.0  # seconds


class HeadNotSentError(Exception):
    """The destination did not take a head; it is sent again a minute later."""


class AuditHeads:
    """Looks every minute, for ever; a task of the leader, in the event loop."""

    def __init__(
        self, app: App, db_thread: DatabaseThread, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._app = app
        self._db_thread = db_thread
        self._clock = clock
        self._sent: AuditHead | None = None
        self._sent_at: datetime | None = None

    async def look(self) -> None:
        """Sends the head where it is due. Raises HeadNotSentError, OSError, aiohttp.ClientError."""
        now = self._clock()
        head = await self._db_thread.record(lambda db: db.audit_log.head())
        if head.seq == 0 or head == self._sent:
            return
        is_due = self._sent_at is None or now - self._sent_at >= EVERY
        if is_due or await self._db_thread.record(self._has_reveal):
            await self._send(head, now)
            self._sent, self._sent_at = head, now

    def _has_reveal(self, db: Database) -> bool:
        """Whether a NIR or a file was revealed since the last head left."""
        assert self._sent is not None
        after = db.audit_log.entries(after=self._sent.seq)
        return any(entry.what in REVEALS for entry in after)

    async def _send(self, head: AuditHead, now: datetime) -> None:
        to = self._app.settings.audit_head_to
        if to.startswith("https://"):
            body = json.dumps({"head": str(head), "at": now.isoformat()}).encode()
            headers = {"Content-Type": "application/json"}
            client = HttpClient(timeout=TIMEOUT)
            answer = await client.call("POST", to, headers=headers, body=body)
            if not answer.is_good:
                raise HeadNotSentError(f"status {answer.status}")
        elif "@" in to:
            await self._send_email(to, head, now)
        else:
            await asyncio.to_thread(append_head, Path(to), head, now)

    async def _send_email(self, to: str, head: AuditHead, now: datetime) -> None:
        if self._app.mailer is None:
            raise HeadNotSentError("no SMTP_HOST or MAIL_FROM")
        email = Email(
            key=f"audit/{head.seq}/{head.hash[:16]}",
            recipient=to,
            subject=f"Guichet : tête du journal {head.seq}",
            words=f"{head}\n\nÀ garder : guichet audit verify --against la compare au journal.",
            at=now,
        )
        if not isinstance(await self._app.mailer.send(email), Delivered):
            raise HeadNotSentError("the e-mail was not taken")


def append_head(path: Path, head: AuditHead, now: datetime) -> None:
    """Adds a line, « 12:9f86… 2026-11-23T09:00:00+00:00 »; the file may be one that only grows."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{head} {now.isoformat(timespec='seconds')}\n")
        file.flush()
        os.fsync(file.fileno())
