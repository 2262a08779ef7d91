"""The e-mail's side of the help desk: one-time codes sent out, and compared with what was typed."""

from dataclasses import replace
from datetime import datetime

from bot.conversation.effects import CheckCode, EmailEffect, SendCode
from bot.conversation.events import CodeChecked, CodeSent
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.people import Assurance, Profile
from bot.storage.people import Person
from bot.storage.store import Database


class EmailDesk:
    """One person who shows that they read the address that they gave."""

    def __init__(self, db: Database, person: Person, now: datetime, *, can_mail: bool) -> None:
        self._db = db
        self._person = person
        self._now = now
        self._can_mail = can_mail

    def perform(self, effect: EmailEffect) -> CodeSent | CodeChecked:
        match effect:
            case SendCode():
                return CodeSent(self._send())
            case CheckCode(code):
                return CodeChecked(self._check(code))

    def confirmed(self) -> Profile:
        """The profile of somebody whose code was right: known further, unless they are already."""
        profile = self._person.profile
        if profile.assurance is not Assurance.DECLARED:
            return profile
        return replace(profile, assurance=Assurance.EMAIL_CONFIRMED)

    def _send(self) -> CodeSending:
        email = self._person.profile.email
        if not email or not self._can_mail:
            return CodeSending.IMPOSSIBLE
        sending, code_id = self._db.one_time_codes.begin_code(self._person.id, email, self._now)
        if sending is CodeSending.SENT:
            # A lane of its own: a code that finds no way must not hold the next one up.
            self._db.outbox.add(f"mail:{code_id}", "code", {"code": code_id}, self._now)
        return sending

    def _check(self, code: str) -> CodeCheck:
        email = self._person.profile.email or ""
        checking = self._db.one_time_codes.check_code(self._person.id, email, code, self._now)
        if checking is CodeCheck.RIGHT:
            who = self._person.id
            self._db.audit_log.add(who, "email.confirmed", who, "", self._now)
        return checking
