"""The one-time page for a NIR: offered on Telegram, given in a browser, once, and kept nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clocks import MONDAY, process_at
from support.inbrowser import Answer, InBrowser

from bot.channels.formatting import render_telegram, render_web
from bot.conversation.events import Typed
from bot.services.helpdesk_config import IncomingEvent
from knowledge import KnowledgeBase

URL = "https://aide.exemple.fr"
CHAT = "telegram:1001"
A_NIR = "2 85 06 75 999 001 16"  # nobody's: commune 999 does not exist
WRONG_KEY = "2 85 06 75 999 001 44"
TO_THE_NIR = (
    *("mutation d'un agent hospitalier", "je n'ai pas trouvé", "tout choisir"),
    *("immatriculation et affiliation", "affiliation des agents", "mutation d'un agent"),
    *("continuer ma demande", "21750001600019", "Centre hospitalier d'Exemple", "passer"),
)


class WithPage(InBrowser):
    """Somebody who writes on Telegram, with a browser beside."""

    def say(self, *lines: str) -> str:
        """What the chat shows after the last line."""
        for words in lines:
            before = {one.id for one in self._sent()}
            event = IncomingEvent(address=CHAT, event=Typed(words), message="1")
            self.app.helpdesk.receive([event], self.clock())
        return "\n".join(
            str(one.payload.get("text", one.kind)) for one in self._sent() if one.id not in before
        )

    def _sent(self):
        with self.app.store.transaction() as db:
            return db.outbox.of_lane(CHAT, 1000)

    def last(self) -> str:
        return "\n".join(str(one.payload.get("text", one.kind)) for one in self._sent()[-2:])

    def give(self, token: str, typed: str) -> Answer:
        cookie = {"Cookie": f"__Host-nir={token}"}
        page = self.get("/n", cookie)
        csrf = re.findall(r'name="csrf" value="(\w+)"', page.text.split('action="/n"')[1])[0]
        return self.post("/n", {"csrf": csrf, "nir": typed}, cookie)


@pytest.fixture
def anne(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[WithPage]:
    with process_at(MONDAY) as clock:
        renderers = {"web": render_web, "telegram": render_telegram}
        player = WithPage(tmp_path / "data", clock, knowledge, web_url=URL, renderers=renderers)
        yield player
        player.stop()


def token_of(said: str) -> str:
    return re.search(rf'{URL}/n/([\w-]{{22}})"', said)[1]


def test_a_number_is_given_on_the_page_and_the_chat_goes_on(anne: WithPage) -> None:
    token = token_of(anne.say(*TO_THE_NIR))
    for _ in range(10):  # previews and scanners
        led = anne.get(f"/n/{token}", follow=False)
        assert (led.status, led.headers["Location"]) == (303, "/n")
        assert "HttpOnly" in led.headers["Set-Cookie"]
        assert "Secure" in led.headers["Set-Cookie"]

    wrong = anne.give(token, WRONG_KEY)
    assert "sa clé (les deux derniers chiffres) ne correspond pas" in wrong.text
    assert f'value="{WRONG_KEY}"' in wrong.text
    assert token_of(anne.last()) == token  # nothing was said in the chat

    assert "Numéro reçu" in anne.give(token, A_NIR).text
    assert "NIR bien formé : 2 85 06 •• ••• ••• ••" in anne.last()
    assert "nom de naissance" in anne.last()
    assert "Page périmée" in anne.get("/n", {"Cookie": f"__Host-nir={token}"}).text


def test_typed_in_the_chat_it_is_withheld(anne: WithPage) -> None:
    anne.say(*TO_THE_NIR)
    for typed in (A_NIR, WRONG_KEY, "2850675999001"):
        said = anne.say(typed)
        assert "erase" in said
        assert "page sécurisée" in said
        assert "nom de naissance" not in said


def test_a_link_ends_with_its_question_a_new_one_or_its_time(anne: WithPage) -> None:
    old = token_of(anne.say(*TO_THE_NIR))
    new = token_of(anne.say("c'est quoi un nir"))
    assert old != new
    assert "Page périmée" in anne.get("/n", {"Cookie": f"__Host-nir={old}"}).text

    anne.say("annuler")
    assert "Page périmée" in anne.get("/n", {"Cookie": f"__Host-nir={new}"}).text
    assert "Page périmée" in anne.get("/n", {"Cookie": "__Host-nir=" + "a" * 22}).text
