"""People in the middle of their dialogues, and a desk that is killed again and again."""

import asyncio
import os
import random
import re
import signal
import sys
from collections import Counter
from pathlib import Path

from support.botapi.server import Event, Server
from support.talking import A_SIRET

TOKEN = "1234567:" + "A" * 24
PATIENCE = 60.0
COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "telegram")

DIALOGUE = (
    ("say", "j'ai viré la cotisation au mauvais fonds", "^Voici"),
    ("press", "Lire 1", "Cela répond"),
    ("press", "Nous contacter", "^Votre demande :"),
    ("press", "^Continuer$", "Avant le formulaire"),
    ("press", "Continuer ma demande", "Quel fonds"),
    ("say", "cnracl", "SIRET"),
    ("say", A_SIRET, "nom de votre employeur"),
    ("say", "Ville d'Exemple", "numéro de contrat"),
    ("say", "4455", "montant"),
    ("say", "12 000", "référence du virement"),
    ("say", "88W0000000000000AB", "Attestez"),
    ("press", "Oui, je l'atteste", "Décrivez"),
    ("press", "Garder ce texte", "adresse électronique"),
    ("press", "Passer", "avant l'envoi"),
    ("press", "^Envoyer$", "Demande enregistrée sous la référence"),
    ("say", "/demandes", "^Vos demandes"),
)
"""What a person does, and what must come of it."""


class Desk:
    """The desk as a process of its own."""

    def __init__(self, server: Server, base_url: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._env = {
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": base_url,
            "SEND_RATE": "1000",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        before = self._server.call_count["getUpdates"]
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND, cwd=self._folder, env=self._env, stdout=log, stderr=log
            )
        async with asyncio.timeout(PATIENCE):
            while self._server.call_count["getUpdates"] == before:
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(0.01)

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()

    def log(self) -> str:
        return (self._folder / "log").read_text()


class Person:
    """Goes through the dialogue once, without ever repeating an action."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self._id = number
        self._chat = server.add_user(number) and server.chats[number]
        self.actions = 0
        self.reference = ""

    async def file_a_ticket(self) -> None:
        for verb, what, then in DIALOGUE:
            self.actions += 1
            if verb == "say":
                await self._server.user_says(TOKEN, self._id, what)
            else:
                await self._press(what)
            shown = await self._read(then)
            if reference := re.search(r"sous la référence (PEPS-\d+-\d+)", shown.text):
                self.reference = reference[1]

    async def _press(self, label: str) -> None:
        for event in reversed(self._chat.events):
            for row in (event.data.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if re.search(label, button["text"]):
                        await self._server.user_presses(
                            TOKEN, self._id, self._id, event.message_id, button
                        )
                        return
        raise AssertionError(f"no button « {label} »")

    async def _read(self, pattern: str) -> Event:
        """The next new message that matches; a repeated one is no news."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for event in self._news():
                        event.used = True
                        if re.search(pattern, event.text):
                            return event
                    await self._server.changed(self._chat, 1)
        except TimeoutError:
            seen = [event.text[:80] for event in self._chat.events if event.kind == "message"]
            raise AssertionError(f"« {pattern} » never came after {seen[-5:]}") from None

    def _news(self) -> list[Event]:
        return [one for one in self._chat.events if one.kind == "message" and not one.used]

    def repeated(self) -> int:
        """How many messages came more than once: a turn's number makes its buttons unique."""
        seen = Counter(
            str(event.data["reply_markup"])
            for event in self._chat.events
            if event.kind == "message" and "reply_markup" in event.data
        )
        return sum(times - 1 for times in seen.values())


async def kill_at_random(
    desk: Desk, people: list[Person], kills: int, chance: random.Random
) -> None:
    """Let the people do a few things, and kill the desk at some instant; start it again."""
    for _ in range(kills):
        reached = sum(one.actions for one in people) + chance.randint(1, 12)
        async with asyncio.timeout(PATIENCE):
            while sum(one.actions for one in people) < reached:  # noqa: ASYNC110 -- it is a count
                await asyncio.sleep(0.001)
        await asyncio.sleep(chance.uniform(0, 0.08))
        await desk.end(signal.SIGKILL)
        await desk.start()
