"""Outcomes: what a story left behind, so that two tellings of it can be compared."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture.stories import Play, Story
from torture.world import LUC, Fate, Life, World

from bot.commands.run import EMPLOYER
from bot.conversation.texts import fill, text
from bot.domain.delivery import OutboxState
from bot.storage.store import Database
from knowledge import KnowledgeBase

MAY_BE_GIVEN_UP = ("reveal.too_late",)
"""A NIR is shown once and now, or not at all: a death in the middle of it is the end of it."""

MISSED = fill(text("staff.reveal_missed"))
"""What its topic is told then."""

MOMENT = re.compile(r"\d{1,2} ?[h:] ?\d{2}|i_[A-Za-z0-9_-]+")
REMINDER = re.compile(r"^Comptes PEP's de .* à revoir|^Un rappel sur vos comptes .* interrompu")
"""A reminder, or what leaves in its place where it may have arrived already: never both twice."""


@dataclass(slots=True)
class Outcome:
    """`kept` is what the register says, `shown` what stands in each chat, repeats taken out;
    `repeats` are counted by chat, `doubled` are things that another system has twice, `reminders`
    those that were shown word for word."""

    kept: list[Any] = field(default_factory=list)
    shown: dict[int, list[str]] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    reminders: Counter[str] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    crashes: int = 0
    points: int = 0


def tell(story: Story, folder: Path, knowledge: KnowledgeBase, fate: Fate) -> Outcome:
    """Tell a story with that fate, at a desk in that folder."""
    world = World(folder, knowledge)
    try:
        story(Play(Life(world, fate)))
        outcome = _read(world)
    finally:
        world.close()
    outcome.points = fate.reached
    return outcome


def faults(killed: Outcome, undisturbed: Outcome) -> list[str]:
    """What is otherwise than it should be, in words; nothing, where every promise was kept.

    Nobody gets more than one message twice out of one death. A topic cannot be looked for: of one
    death between its making and its noting an empty one is left.
    """
    shown = {c for c, words in undisturbed.shown.items() if words != _but_misses(killed.shown[c])}
    if "reveal.too_late" in killed.given_up:
        shown.discard(LUC)
    own = killed.topics[-len(undisturbed.topics) :] if undisturbed.topics else []
    wrongs = {
        "given up": not set(killed.given_up) <= set(MAY_BE_GIVEN_UP),
        "the register differs": killed.kept != undisturbed.kept,
        f"chats differ: {sorted(shown)}": bool(shown),
        f"twice in the other system: {killed.doubled}": bool(killed.doubled),
        "a window told twice": bool(killed.reminders - undisturbed.reminders),
        "repeated more than once": max(killed.repeats.values()) > killed.crashes,
        "topics differ": own != undisturbed.topics,
        "topics left over": len(killed.topics) - len(own) > killed.crashes,
    }
    return [words for words, is_so in wrongs.items() if is_so]


def _but_misses(shown: list[str]) -> list[str]:
    """What was shown, but for what the group is told of a NIR that was not."""
    return [words for words in shown if not words.startswith(MISSED)]


def _read(world: World) -> Outcome:
    outcome = Outcome(crashes=world.crashes)
    with world.look() as db:
        outcome.kept = list(_kept(db))
        outcome.given_up = [
            *(row.failure or "" for row in db.outbox.list(OutboxState.BURIED)),
            *(one.error for one in db.failed_updates.newest()),
        ]
    for chat_id, chat in world.server.chats.items():
        told = (e.text for e in chat.events if e.kind == "message" and REMINDER.match(e.text))
        outcome.reminders.update(f"{chat_id} {one}" for one in told if "interrompu" not in one)
        said = [_said(event.data) for event in chat.events if event.kind == "message"]
        once = [
            words for words, before in zip(said, [None, *said], strict=False) if words != before
        ]
        outcome.repeats[chat_id] = len(said) - len(once)
        outcome.shown[chat_id] = [MOMENT.sub("…", words) for words in once]
        outcome.topics += [str(topic["name"]) for topic in chat.topics.values()]
    outcome.doubled = [key for key, times in world.theirs.taken.items() if times > 1]
    outcome.kept.append(sorted(world.theirs.taken))
    return outcome


def _kept(db: Database) -> Iterator[Any]:
    """What the register knows, without the times and names that differ from telling to telling."""
    for summary in db.tickets.newest():
        ticket = db.tickets.by_reference(summary.reference)
        assert ticket is not None
        yield (ticket.reference, ticket.status, ticket.queue, ticket.taken_by, ticket.request.path)
        yield [(one.author, one.text, one.internal) for one in ticket.messages]
        yield [(one.what, one.detail) for one in db.ticket_messages.history(summary.reference)]
    yield sorted((one.what, one.detail) for one in db.audit_log.entries(limit=10_000))
    yield sorted(db.reminders.everything_told())
    house = db.accounts.load(EMPLOYER.siret)
    if house is not None:
        yield [(one.identifier, one.role, one.expires, one.leaves) for one in house.accounts]
        yield len(house.links)


def _said(data: dict[str, Any]) -> str:
    words = str(data.get("text") or data.get("caption"))
    return f"{'rappel' if REMINDER.match(words) else words}{data.get('reply_markup')}"
