"""The mailbox of answers on a real IMAP server: each e-mail once, whatever dies in between."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from imaplib import IMAP4
from pathlib import Path

import pytest
from connectors.samples import a_ticket
from imap_tools import MailBoxUnencrypted
from services.conftest import NOW, Desk

from bot.app import App, build_app
from bot.background.tasks import MAILBOX, MailboxPolling
from bot.channels import terminal
from bot.connectors.email import ThreadSide, thread_of
from bot.connectors.mailbox import Mailbox
from bot.monitoring.doctor import check_mailbox
from bot.services.inbound_emails import EmailOutcome
from bot.settings import MailSecurity, Settings
from bot.storage.store import DatabaseThread

PASSWORD = "un-mot-de-passe"


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of pymap, which keeps its mailboxes in memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--no-tls"]
    user = ["--demo-user", "guichet", "--demo-password", PASSWORD]
    running = subprocess.Popen([*command, "--port", str(port), "dict", *user])
    while running.poll() is None:
        try:
            IMAP4("127.0.0.1", port).logout()
            break
        except OSError:
            time.sleep(0.05)  # until it listens
    yield port
    running.terminate()
    running.wait()


def a_mailbox(port: int, **changes: str) -> Mailbox:
    given = {"username": "guichet", "password": PASSWORD, "folder": "INBOX", **changes}
    return Mailbox(host="127.0.0.1", port=port, security=MailSecurity.NONE, **given)


class Post:
    """A mailbox with somebody who writes to it, and the desk that reads it."""

    def __init__(self, port: int, folder: str, app: App) -> None:
        self.app, self.folder = app, folder
        self.desk = Desk(app)
        request = replace(a_ticket().request, path="cotisations/calcul/taux-cnracl")
        with app.store.transaction() as db:
            anne = db.people.of("terminal:anne", NOW)
            tickets = app.helpdesk.config.requester_tickets(db, anne.id)
            self.reference = tickets.file(request, NOW).reference
            self.name = thread_of(self.reference, ThreadSide.DESK, db.ticket_links.sign)
        self.port = port
        self.client = MailBoxUnencrypted("127.0.0.1", port)
        self.client.login("guichet", PASSWORD, initial_folder=None)
        self.client.folder.create(folder)
        self.thread = DatabaseThread(app.store)
        self.polling = self.started()

    def started(self) -> MailboxPolling:
        """A process, begun anew on what is stored."""
        mailbox = a_mailbox(self.port, folder=self.folder)
        return MailboxPolling(mailbox, self.app.inbound_emails, self.thread, lambda: NOW)

    def arrives(self, number: int, to: str = "") -> None:
        head = f"From: support@mairie-exemple.fr\nTo: guichet+{to or self.name}@mairie-exemple.fr"
        raw = f"{head}\nMessage-ID: <{number}@x>\n\nmessage {number}\n".encode()
        self.client.append(raw, self.folder)

    def unread(self) -> int:
        return self.client.folder.status(self.folder, ["UNSEEN"])["UNSEEN"]

    def told(self) -> list[str]:
        return [one.text for one in self.desk.ticket(self.reference).messages]


@pytest.fixture
def post(server: int, tmp_path: Path) -> Iterator[Post]:
    settings = Settings(
        _env_file=None, data_dir=tmp_path / "data", mail_to="support@mairie-exemple.fr"
    )
    post = Post(
        server, f"Réponses-{tmp_path.name}", build_app(settings, {"terminal": terminal.render})
    )
    yield post
    post.client.logout()
    post.thread.close()


async def test_each_e_mail_is_taken_once_and_the_others_stay_unread(post: Post) -> None:
    post.arrives(1)
    post.arrives(2, "2026-000001-d-" + "0" * 20)
    post.arrives(3)
    assert await post.polling.once() == ["answer", "unknown", "answer"]
    assert await post.started().once() == []
    assert post.told() == ["message 1", "message 3"]
    assert post.unread() == 1
    post.arrives(3)
    assert await post.polling.once() == [EmailOutcome.KNOWN]


async def test_a_process_that_dies_repeats_nothing_and_loses_nothing(post: Post) -> None:
    """It dies before a commit, then between a commit and the flag on the server."""
    for number in (1, 2, 3):
        post.arrives(number)
    receive: Callable[..., EmailOutcome] = post.app.inbound_emails.receive

    class Dying:
        def __init__(self, before: bool) -> None:
            self.before = before

        def receive(self, email, now, mark) -> EmailOutcome:
            if self.before:
                raise ConnectionError
            receive(email, now, mark)
            raise ConnectionError

    for before, told in ((True, 0), (False, 1)):
        post.polling._emails = Dying(before)
        with pytest.raises(ConnectionError):
            await post.polling.once()
        assert len(post.told()) == told
    assert await post.started().once() == ["answer", "answer"]
    assert post.told() == ["message 1", "message 2", "message 3"]


async def test_a_folder_that_was_made_anew_is_read_from_its_beginning(post: Post) -> None:
    post.arrives(1)
    await post.polling.once()
    await post.thread.record(lambda db: db.ticket_links.save_mark(MAILBOX, "1:4000000000"))
    post.arrives(2)
    assert await post.polling.once() == [EmailOutcome.KNOWN, EmailOutcome.ANSWER]


def test_the_doctor_names_what_is_wrong(server: int) -> None:
    assert a_mailbox(server).check() is None
    assert "IMAP_PASSWORD" in (a_mailbox(server, password="autre").check() or "")
    assert "« Réponses »" in (a_mailbox(server, folder="Réponses").check() or "")
    assert "IMAP_HOST" in (a_mailbox(1).check() or "")
    given = {"imap_host": "127.0.0.1", "imap_port": server, "imap_security": "none"}
    settings = Settings(_env_file=None, **given, imap_user="guichet", mail_reply_to="g@x.fr")
    refused, elsewhere = check_mailbox(settings)
    assert "IMAP_PASSWORD" in refused.words
    assert "MAIL_FROM" in elsewhere.words
    (missing,) = check_mailbox(settings.model_copy(update={"imap_user": ""}))
    assert "IMAP_USER est vide" in missing.words
