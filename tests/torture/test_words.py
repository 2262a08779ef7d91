"""Logs over whole dialogues, at every level and with errors in them: never a typed word."""

import asyncio
import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.whole_request import DIALOGUE
from torture.stories import Play, advise, import_accounts, name_an_agent
from torture.world import BRUNO, TOKEN, Fate, Life, World

from bot.app import assemble, open_store
from bot.channels.formatting import render_telegram
from bot.conversation.events import Typed
from bot.domain.delivery import OutgoingMessage
from bot.logs import JsonFormatter, PlainFormatter
from bot.services.helpdesk_config import IncomingEvent
from bot.settings import Settings
from knowledge import KnowledgeBase

WORD = re.compile(r"[^\W\d_]{4,}|\d{8,}")
NAMES = frozenset(("file", "line", "typed", "none", "start", "test"))
"""Of what stands in a log anyway: levels, modules, lines of our own code."""


@dataclass(frozen=True, slots=True)
class Overheard(Play):
    """A play of which every word is noted down."""

    typed: set[str] = field(default_factory=set)

    def says(self, who: int, *texts: str) -> None:
        self.note(*texts)
        Play.says(self, who, *texts)

    def advises(self, words: str, under: str = "") -> None:
        self.note(words)
        Play.advises(self, words, under)

    def sends(self, who: int, content: bytes) -> None:
        self.note(content.decode("cp1252"))
        Play.sends(self, who, content)

    def note(self, *texts: str) -> None:
        self.typed.update(word for text in texts for word in WORD.findall(text.casefold()))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that any logger says, at any level, in either style."""
    stream, root = io.StringIO(), logging.getLogger()
    level, handlers = root.level, [logging.StreamHandler(stream) for _ in range(2)]
    for handler, style in zip(handlers, (PlainFormatter, JsonFormatter), strict=True):
        handler.setFormatter(style())
        root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def world(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[World]:
    world = World(tmp_path / "data", knowledge)
    yield world
    world.close()


def said(written: io.StringIO) -> set[str]:
    """The words of the log; of a place in the code only the name of the function, which is ours."""
    lines = written.getvalue().replace("\\n", "\n").splitlines()
    ours = [line for line in lines if not re.match(r"\s+(?!File)", line)]
    return set(WORD.findall("\n".join(ours).casefold())) - NAMES


@pytest.mark.parametrize("story", [name_an_agent, advise, import_accounts])
def test_whole_dialogues_leave_no_word_in_the_log(
    world: World, written: io.StringIO, story: Callable[[Play], None]
) -> None:
    play = Overheard(Life(world, Fate()))
    story(play)
    play.note("zéphyrine canari")
    broken = {"message_id": "zéphyrine", "text": "canari", "chat": {"id": "zéphyrine"}}
    world.server.push(TOKEN, "message", broken, BRUNO, 86400)
    play.life.live()

    assert "mis de côté" in written.getvalue()
    assert len(play.typed) > 5
    assert said(written) & play.typed == set()


def test_turns_that_fail_leave_no_word_in_the_log(
    tmp_path: Path, written: io.StringIO, knowledge: KnowledgeBase, world: World
) -> None:
    """Every third reply fails, with all that was typed in the error."""
    count = iter(range(1000))

    def show(reply: Any, turn: int, heard: IncomingEvent) -> list[OutgoingMessage]:
        if next(count) % 3 == 1:
            raise ValueError(heard.event, reply)
        return list(render_telegram(reply, turn, heard))

    settings = Settings(_env_file=None, data_dir=tmp_path / "failing")
    app = assemble(settings, open_store(settings), knowledge, {"telegram": show}, {})
    play = Overheard(Life(world, Fate()))
    for verb, what, _ in DIALOGUE:
        play.note(what if verb == "say" else "")
        app.helpdesk.receive([IncomingEvent(address="telegram:1", event=Typed(what))], world.now)
    with app.store.transaction() as db:
        failed = len(db.failed_updates.newest())
    app.store.close()

    assert failed > 3
    assert written.getvalue().count("ValueError") >= failed
    assert said(written) & play.typed == set()


def test_a_task_that_fails_unseen_leaves_no_word(written: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError("zéphyrine canari")

    async def forget() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(forget())

    assert "never retrieved" in written.getvalue()
    assert said(written).isdisjoint({"zéphyrine", "canari"})
