"""A canary: one NIR, how it may be spelled and coded, and all places where it could be found."""

import asyncio
import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from unicodedata import normalize

from aiohttp.test_utils import TestClient, TestServer
from support.commandline import guichet
from support.talking import A_NIR
from torture.world import GROUP, World

from bot.commands.run import EMPLOYER
from bot.domain.delivery import OutboxState
from bot.monitoring.health import ConnectionStatus, Health
from bot.monitoring.metrics import HealthEndpoint
from bot.services.report import build_report, render_page
from bot.storage.backup import write_backup

BARE = A_NIR[:13]
SPACED = "2 85 06 75 999 001 16"
SPELLINGS = (
    A_NIR,
    SPACED,
    BARE,
    "2 85 06 75 999 001",
    "2.85.06.75.999.001.16",
    "2-85-06-75-999-001/16",
    "2 85 06 75 999 001 16".replace(" ", "\u202f"),
    "２８５０６７５９９９００１１６",
)
WIDE = "２８５"
BETWEEN = re.compile(rb"[^0-9A-Za-z]+")
"""What may stand between two digits: spaces, dots, and the other half of UTF-16."""


def traces(content: bytes) -> bool:
    """Whether the NIR stands there: as it is, spaced, in UTF-16, wide, coded, or hashed."""
    if BARE.encode() in BETWEEN.sub(b"", content):
        return True
    return any(code in content for code in _codes()) or _is_wide(content)


def _is_wide(content: bytes) -> bool:
    """In the wide digits of eastern keyboards."""
    return any(
        WIDE.encode(coding) in content
        and BARE in normalize("NFKC", content.decode(coding, errors="ignore"))
        for coding in ("utf-8", "utf-16-le")
    )


def _codes() -> Iterator[bytes]:
    for spelled in (A_NIR, SPACED, BARE):
        plain = spelled.encode()
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        for shift in range(3):  # three bytes become four letters: there are three ways to begin
            for coder in (b64encode, urlsafe_b64encode):
                whole = coder(b"\0" * shift + plain)
                yield whole[-(-shift * 4 // 3) : len(whole) - 4]
        for kind in ("md5", "sha1", "sha256", "sha512"):
            yield hashlib.new(kind, plain).digest()
            yield hashlib.new(kind, plain).hexdigest().encode()


def places(world: World, folder: Path, log: str) -> Mapping[str, bytes]:
    """Everything that is left behind, said or shown, by its name."""
    found = {"log": log.encode(), "report": _report(world), **_seen_from_outside(world)}
    found |= {f"guichet {words}": said for words, said in _commands(world)}
    (folder / "copy").touch()
    write_backup(world.store._engine, world.store._encryption, folder / "copy", world.now)
    found |= {str(one.relative_to(folder)): one.read_bytes() for one in _files(folder)}
    found["topics"] = json.dumps(world.server.chats[GROUP].topics).encode()
    for number, call in enumerate(world.server.calls):
        found[f"call {number} {call['method']}"] = json.dumps(call, default=str).encode()
    for chat in world.server.chats.values():
        for number, event in enumerate(chat.events):
            if event.kind != "delete":
                found[f"chat {chat.info['id']} {number}"] = event.text.encode()
    return found


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def _report(world: World) -> bytes:
    day = timedelta(days=1)
    with world.look() as db:
        found = build_report(db, world.knowledge, world.now - day, world.now + day)
    return render_page(found).encode()


def _seen_from_outside(world: World) -> dict[str, bytes]:
    """What `/healthz` and `/metrics` say."""

    async def ask() -> dict[str, bytes]:
        health = Health(world.plain_app(), ConnectionStatus(), clock=lambda: world.now)
        outlook = TestServer(HealthEndpoint(health, world.settings).application())
        async with TestClient(outlook) as client:
            paths = ("/healthz", "/metrics")
            return {path: await (await client.get(path)).read() for path in paths}

    return asyncio.run(ask())


READING = (
    "tickets list --json",
    "tickets list",
    "desk list",
    "desk canned",
    "outbox list --json",
    "report --json",
    "report",
    "audit verify",
    "staff list",
    "keys list --json",
    "kb gaps",
    "reminders --why-not --json",
    "doctor",
    "retention",
    *(f"outbox list --json --limit 1000 --state {state}" for state in OutboxState),
)
"""The commands that show something of the register; a reveal asks for a reason, and is apart."""


def _commands(world: World) -> Iterator[tuple[str, bytes]]:
    with world.look() as db:
        references = [one.reference for one in db.tickets.newest(limit=100)]
        numbers = [row.id for row in db.outbox.list(limit=1000)]
    told = [f"{command} {one}" for command in ABOUT for one in references]
    told += [f"outbox show {number}" for number in numbers[::15]]
    told.append(f"accounts list --siret {EMPLOYER.siret}")
    assert references
    assert numbers
    for words in (*READING, *told):
        done = guichet(*words.split(), data=world.settings.data_dir, LOG_LEVEL="DEBUG")
        assert done.returncode == 0 or words == "doctor", (words, done.stderr)
        yield words, (done.stdout + done.stderr).encode()


ABOUT = ("tickets show", "tickets show --json", "desk open", "desk pieces")
