"""Where the desk, its operators and other systems write: no NIR of theirs is kept, sent or said.

Each door gets canaries of its own, in several spellings. After each every row is read, what is
sealed too, with all that was sent, logged and printed.
"""

import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from channels.telegram.test_no_nir_kept import SPELLINGS, everything, message
from support.commandline import guichet
from torture.knocks import knock, status_of
from torture.stories import REFERENCE, Play, _employ, file_a_ticket
from torture.test_http_doors import Doors, for_telegram, header, plain, signed
from torture.world import GROUP, LUC, TOKEN, Desk, Fate, Life, World

from bot.commands.run import EMPLOYER
from bot.domain.identifiers import expected_nir_key
from knowledge import KnowledgeBase

Said = str
"""What was printed or answered."""
Door = Callable[["House", str], Said]
BETWEEN = re.compile(r"[^0-9A-Za-z]+")
orders = itertools.count(100)


class House:
    """A desk with a ticket, an advisor, and both doors that listen."""

    def __init__(self, folder: Path, knowledge: KnowledgeBase) -> None:
        self.folder = folder
        self.world = World(folder / "data", knowledge)
        self.play = Play(Life(self.world, Fate()))
        _employ(self.play)
        file_a_ticket(self.play)
        self.doors = Doors(Desk(self.world, lambda _: False))

    def close(self) -> None:
        self.doors.close()
        self.world.close()

    def command(self, *words: str, typed: str = "") -> Said:
        done = guichet(*words, data=self.world.settings.data_dir, typed=typed, LOG_LEVEL="DEBUG")
        return done.stdout + done.stderr

    def event(self, **told: Any) -> Said:
        """An event of another ticketing system, signed, over HTTP."""
        usual = {"version": 1, "id": f"e-{next(orders)}", "event": "ticket.message"}
        body = json.dumps({**usual, "reference": REFERENCE, "text": "Bien reçu.", **told}).encode()
        heads = [header(*pair) for pair in signed(self.doors, body)]
        answer = self.doors.run(knock(self.doors.events, plain(b"/events", heads, body)))
        assert status_of(answer) in (200, 404, 422), answer
        return str(answer)

    def update(self, **update: Any) -> Said:
        """An update of Telegram, over HTTP."""
        body = json.dumps({"update_id": next(orders), **update}).encode()
        answer = self.doors.run(knock(self.doors.telegram, plain(b"/", for_telegram(), body)))
        return str(answer)

    def advises(self, words: str, under: str = "") -> Said:
        self.play.advises(words, under)
        return ""

    def encloses(self, name: str, caption: str) -> Said:
        """The advisor's file, in the topic."""
        server = self.world.server
        file = server._save_file("a.pdf", b"%PDF-1.4")
        media = {"document": {**file, "file_name": name, "mime_type": "application/pdf"}}
        thread = max(server.chats[GROUP].topics)
        act = server.user_says(TOKEN, LUC, caption, chat_id=GROUP, thread=thread, media=media)
        self.play._act(act)
        return ""

    def file(self, *words: str, name: str = "a.csv", content: str = "") -> Said:
        """A command over a file; the file is its last word."""
        path = self.folder / name
        path.write_text(content)
        done = self.command(*words, str(path))
        path.unlink()
        return done

    def left(self) -> str:
        """All that is kept, and all that the bot has said."""
        kept = everything(SimpleNamespace(store=self.world.store))  # type: ignore[arg-type]
        calls = [json.dumps(one, default=str) for one in self.world.server.calls]
        return "\n".join((kept, *calls))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("desk"), knowledge)
    yield house
    house.close()


def sheet(identifier: str = "Z1", name: str = "Petit", first: str = "Zoé") -> str:
    cells = (f'"{one}"' for one in (identifier, name, first, "01/06/2029"))
    return "Identifiant;Nom;Prénom;Expiration\n" + ";".join(cells) + "\n"


IMPORT = ("accounts", "import", "--siret", EMPLOYER.siret, "--skip-refused")
DOORS: dict[str, Door] = {
    "event: words": lambda at, nir: at.event(text=f"Au sujet de {nir}, c'est fait."),
    "event: note": lambda at, nir: at.event(text=f"voir {nir}", internal=True),
    "event: id": lambda at, nir: at.event(id=f"m {nir}"),
    "event: kind": lambda at, nir: at.event(event=nir),
    "event: reference": lambda at, nir: at.event(reference=nir),
    "event: status": lambda at, nir: at.event(event="ticket.status", status=nir),
    "event: unknown field": lambda at, nir: at.event(author=nir, tags=[nir]),
    "webhook: words": lambda at, nir: at.update(**message(text=f"dossier {nir} svp")),
    "webhook: button": lambda at, nir: at.update(
        callback_query={"id": "5", "from": message()["message"]["from"], "data": nir}
    ),
    "webhook: unreadable": lambda at, nir: at.update(message={"message_id": nir, "text": nir}),
    "webhook: unknown kind": lambda at, nir: at.update(something={"new": [nir]}),
    "topic: answer": lambda at, nir: at.advises(f"Est-ce {nir} ?", under=REFERENCE),
    "topic: note": lambda at, nir: at.advises(f"vu avec {nir}"),
    **{
        f"topic: /{one}": lambda at, nir, one=one: at.advises(f"/{one} {nir}")  # type: ignore[misc]
        for one in ("attente", "resolu", "clore", "transferer", "type", "article", "reveler", "x")
    },
    "topic: name of a file": lambda at, nir: at.encloses(f"{nir}.pdf".replace("\n", " "), "voici"),
    "topic: caption": lambda at, nir: at.encloses("a.pdf", f"voici {nir}"),
    "desk answer": lambda at, nir: at.command("desk", "answer", REFERENCE, f"oui, {nir}"),
    "desk answer -": lambda at, nir: at.command("desk", "answer", REFERENCE, "-", typed=nir),
    "desk answer --canned": lambda at, nir: at.command(
        "desk", "answer", REFERENCE, "--canned", nir
    ),
    "desk answer --attach": lambda at, nir: at.file(
        "desk", "answer", REFERENCE, "voici", "--attach", name=f"{nir}.pdf", content="%PDF-1.4"
    ),
    "desk note": lambda at, nir: at.command("desk", "note", REFERENCE, f"vu {nir}"),
    "desk wait": lambda at, nir: at.command("desk", "wait", REFERENCE, f"et {nir} ?", "--surely"),
    "desk move": lambda at, nir: at.command("desk", "move", REFERENCE, nir),
    "desk open": lambda at, nir: at.command("desk", "open", nir),
    "tickets reveal": lambda at, nir: at.command(
        "tickets", "reveal", REFERENCE, "--reason", f"pour {nir}"
    ),
    "tickets correct": lambda at, nir: at.command(
        "tickets", "correct", REFERENCE, "--field", "description", typed=f"c'est {nir}"
    ),
    "rights open": lambda at, nir: at.command("rights", "open", "acces", "--from", f"Mme {nir}"),
    "rights close": lambda at, nir: at.command(
        "rights", "close", "1", "--outcome", "refuse", "--words", f"vu {nir}"
    ),
    "person erase": lambda at, nir: at.command(
        "person", "erase", "telegram:1", "--reason", f"pour {nir}", "--yes"
    ),
    "staff add": lambda at, nir: at.command("staff", "add", "local:eve", "--name", f"Eve {nir}"),
    "accounts: employer": lambda at, nir: at.file(
        "accounts", "import", "--siret", "13000548100010", "--name", f"Ville {nir}",
        content=sheet(),
    ),
    "accounts: identifier": lambda at, nir: at.file(*IMPORT, content=sheet(identifier=nir)),
    "accounts: name": lambda at, nir: at.file(*IMPORT, content=sheet(name=nir)),
    "accounts: first name": lambda at, nir: at.file(*IMPORT, content=sheet(first=f"Zoé {nir}")),
    "accounts: name of a file": lambda at, nir: at.file(
        *IMPORT, name=f"{nir}.csv".replace("\n", " "), content=sheet()
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_nothing_of_it_is_left(house: House, door: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for spelling in ("compact", "lines", "named"):
        number = f"1820275999{next(orders)}"
        groups = [number[:1], *re.findall("..", number[1:7]), number[7:10], number[10:]]
        nir = SPELLINGS[spelling]([*groups, expected_nir_key(number)])

        said = DOORS[door](house, nir)

        found = f"{said}\n{house.left()}\n{caplog.text}"
        assert nir not in found, spelling
        assert number not in BETWEEN.sub("", found), spelling
