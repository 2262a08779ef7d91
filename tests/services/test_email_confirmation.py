"""One-time codes: sent to the reply address, typed in the conversation, good once."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from connectors.worlds import MailWorld
from support.reminded import NOW, Scene
from support.talking import A_SIRET

from bot.background.email_delivery import EmailDelivery
from bot.background.sender import DeliveryRecorder
from bot.channels.terminal import to_event
from bot.connectors.email import Mailer
from bot.domain.delivery import Delivered, OutboxState, RetryLater, Withdrawn
from bot.domain.people import Assurance
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.store import DatabaseThread

NINA = "terminal:nina"
EMAIL = "nina@mairie-exemple.fr"
MINUTE = timedelta(minutes=1)


class Talk:
    """Nina, her desk, and her mailbox."""

    def __init__(self, scene: Scene, world: MailWorld) -> None:
        self.scene = scene
        self.world = world
        self.now = NOW
        self._seen = 0

    def say(self, *words: str, after: timedelta = timedelta()) -> str:
        """What the desk answers to the last of these."""
        self.now += after
        for typed in words:
            event = to_event(typed)
            self.scene.app.helpdesk.receive([IncomingEvent(address=NINA, event=event)], self.now)
        return self.heard()

    def heard(self) -> str:
        """What has come since."""
        with self.scene.app.store.transaction() as db:
            rows = db.outbox.list(OutboxState.WAITING, 500)
        said = [str(r.payload.get("text")) for r in rows if r.lane == NINA][self._seen :]
        self._seen += len(said)
        return "\n".join(said)

    async def deliver_emails(self, at: datetime | None = None) -> list[object]:
        db_thread = DatabaseThread(self.scene.app.store)
        mailer = Mailer(server=self.world.connector.server, sender="guichet@mairie-exemple.fr")
        clock = lambda: at or self.now  # noqa: E731
        deliverer = EmailDelivery(mailer, db_thread, self.scene.app.helpdesk.tell, clock)
        with self.scene.app.store.transaction() as db:
            rows = [r for r in db.outbox.list(OutboxState.WAITING, 500) if r.lane[:5] == "mail:"]
        results = [(row, await deliverer.deliver(row)) for row in rows]
        with self.scene.app.store.transaction() as db:
            DeliveryRecorder(deliverer).record(db, results, clock())
        db_thread.close()
        return [result for _, result in results]

    def code(self) -> str:
        letter = self.world.postman.letters[-1]
        assert letter["To"] == EMAIL
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["X-Auto-Response-Suppress"] == "All"
        found = re.search(r"\b\d{6}\b", letter.get_body(("plain",)).get_content())
        assert found is not None
        assert found[0] not in letter["Subject"]
        return found[0]

    def assurance(self) -> Assurance:
        with self.scene.app.store.transaction() as db:
            return db.people.of(NINA, self.now).profile.assurance_at(A_SIRET, EMAIL)


@pytest.fixture
async def talk(mailing: Scene) -> AsyncIterator[Talk]:
    world = MailWorld()
    await world.open()
    talk = Talk(mailing, world)
    talk.say("/profil")
    yield talk
    await world.close()


@pytest.fixture
async def asked(talk: Talk) -> Talk:
    """A code is in the mailbox."""
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    await talk.deliver_emails()
    return talk


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_code_of_the_letter_confirms_the_address_once(asked: Talk) -> None:
    code = asked.code()
    assert "Adresse confirmée" in asked.say(f"mon code est {code[:3]} {code[3:]}")
    assert asked.assurance() is Assurance.EMAIL_CONFIRMED
    assert f"{EMAIL} (confirmée)" in asked.say("/profil")


async def test_another_address_takes_it_back(asked: Talk) -> None:
    asked.say(asked.code())
    asked.say("Changer l'adresse", EMAIL)
    assert asked.assurance() is Assurance.EMAIL_CONFIRMED
    asked.say("Changer l'adresse", "nina@autre-exemple.fr")
    asked.say("Changer l'adresse", EMAIL)
    assert asked.assurance() is Assurance.DECLARED


async def test_a_few_tries_and_a_short_time(asked: Talk) -> None:
    code = asked.code()
    for _ in range(4):
        assert "Ce n'est pas le bon code" in asked.say(wrong(code))
    assert "Trop d'essais" in asked.say(wrong(code))
    assert "Trop d'essais" in asked.say(code)
    assert asked.assurance() is Assurance.DECLARED
    asked.say("Envoyer un autre code", after=2 * MINUTE)
    await asked.deliver_emails()
    assert "plus valable" in asked.say(asked.code(), after=15 * MINUTE)
    assert asked.assurance() is Assurance.DECLARED


async def test_only_the_newest_code_counts(asked: Talk) -> None:
    old = asked.code()
    assert "Attendez une minute" in asked.say("Envoyer un autre code")
    asked.say("Envoyer un autre code", after=2 * MINUTE)
    await asked.deliver_emails()
    assert len(asked.world.postman.letters) == 2
    if old != asked.code():
        assert "Ce n'est pas le bon code" in asked.say(old)
    assert "Adresse confirmée" in asked.say(asked.code())


async def test_who_asked_often_waits_and_another_person_may_still_confirm(asked: Talk) -> None:
    for _ in range(4):
        asked.say("Envoyer un autre code", after=2 * MINUTE)
    assert "réessayez demain" in asked.say("Envoyer un autre code", after=2 * MINUTE)
    asked.scene.app.helpdesk.receive(
        [
            IncomingEvent(address="terminal:other", event=to_event(words))
            for words in ("/profil", "Changer l'adresse", EMAIL, "Confirmer mon adresse")
        ],
        asked.now,
    )
    with asked.scene.app.store.transaction() as db:
        codes = [row for row in db.outbox.list(None, 500) if row.kind == "code"]
    assert len(codes) == 6


async def test_a_code_for_an_address_that_was_changed_does_not_leave(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    talk.say("Revenir", "Changer l'adresse", "nina@autre-exemple.fr")
    assert await talk.deliver_emails() == [Withdrawn()]
    assert talk.world.postman.letters == []


async def test_a_code_that_is_past_does_not_leave(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    assert await talk.deliver_emails(talk.now + 16 * MINUTE) == [Withdrawn()]
    with talk.scene.app.store.transaction() as db:
        (buried,) = db.outbox.list(OutboxState.BURIED)
    assert buried.failure == "code.past"


async def test_the_code_is_nowhere_in_the_database(asked: Talk, tmp_path: Path) -> None:
    code = asked.code().encode()
    files = (tmp_path / "data").glob("guichet.db*")
    content = b"".join(file.read_bytes() for file in files)
    with asked.scene.app.store.transaction() as db:
        (row,) = [row for row in db.outbox.list(None, 500) if row.kind == "code"]
    assert row.payload == {}  # it was sent
    assert code not in re.sub(rb"\.\d{6}", b"", content)  # but for fractions of seconds
    assert EMAIL.encode() not in content


async def test_a_code_typed_elsewhere_is_withheld_and_a_nir_here_as_well(asked: Talk) -> None:
    said = asked.say("2 85 06 75 004 123 50")
    assert asked.assurance() is Assurance.DECLARED
    assert "secret" in said or "numéro de sécurité sociale" in said
    asked.say("Revenir")
    assert "Adresse confirmée" not in asked.say(f"mon code est {asked.code()}")


async def test_without_a_sender_nothing_is_offered(scene: Scene) -> None:
    talk = Talk(scene, MailWorld())
    said = talk.say("/profil", "Changer l'adresse", EMAIL)
    assert EMAIL in said
    assert "confirm" not in said.lower()


async def test_sent_counts_as_sent(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    assert await talk.deliver_emails() == [Delivered()]


async def test_an_address_that_is_refused_is_said_and_another_one_asked(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    talk.world.faults.append("550_before")
    await talk.deliver_emails()
    said = talk.heard()
    assert f"L'adresse {EMAIL} est refusée" in said
    assert "Écrivez ici une autre adresse, un code y sera envoyé" in said
    assert "indésirables" not in said
    asked = talk.say("nina@mairie-autre.fr", after=MINUTE / 6)
    assert "envoyé à nina@mairie-autre.fr" in asked
    await talk.deliver_emails()
    assert talk.world.postman.letters[-1]["To"] == "nina@mairie-autre.fr"


async def test_who_went_on_reads_it_all_the_same_and_stays_where_they_are(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    talk.world.faults.append("550_before")
    talk.say("Revenir", "/themes")
    await talk.deliver_emails()
    said = talk.heard()
    assert f"L'adresse {EMAIL} est refusée" in said
    assert "/profil" in said


async def test_a_slip_in_the_address_is_put_right_where_the_code_is_asked(asked: Talk) -> None:
    assert "envoyé à nina@mairie-autre.fr" in asked.say(
        "pardon, c'est nina@mairie-autre.fr", after=2 * MINUTE
    )


async def test_who_still_waits_for_a_code_that_never_left_is_told(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    await talk.deliver_emails(talk.now + 16 * MINUTE)
    assert "n'a pas pu partir à temps" in talk.heard()
    assert "envoyé à" in talk.say("Envoyer un autre code", after=17 * MINUTE)


async def test_a_refused_sender_is_a_setting_and_no_fault_of_the_address(talk: Talk) -> None:
    talk.say("Changer l'adresse", EMAIL, "Confirmer mon adresse")
    talk.world.faults.append("550_from")
    (result,) = await talk.deliver_emails()
    assert isinstance(result, RetryLater)
    assert talk.heard() == ""
