"""A NIR in clear by e-mail: only to a server that proves who it is, and noted in the audit."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from connectors.samples import A_NIR, NOW, a_formatter, a_ticket, filing
from connectors.worlds import Postman
from support.certificates import server_context, write_certificate

from bot.app import App, assemble, open_store
from bot.background.sender import DeliveryRecorder
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.connectors.email import EmailConnector, MailServer
from bot.domain.delivery import RetryLater
from bot.domain.ticket_export import NirShown
from bot.services.requester_tickets import RequesterTickets
from bot.settings import MailSecurity, Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"))


class Office:
    """A mail server behind STARTTLS, which takes nothing before it."""

    def __init__(self, port: int, postman: Postman) -> None:
        self.port, self.postman = port, postman

    def mail(self, context: ssl.SSLContext | None) -> EmailConnector:
        server = MailServer(
            host="localhost", port=self.port, security=MailSecurity.STARTTLS, context=context
        )
        return EmailConnector(
            server=server,
            sender="guichet@mairie-exemple.fr",
            recipient="support@mairie-exemple.fr",
            formatter=a_formatter(NirShown.CLEAR),
        )


@pytest.fixture
async def office(certificate: Path) -> AsyncIterator[Office]:
    postman, context = Postman(deque()), server_context(certificate)
    loop = asyncio.get_running_loop()

    def line() -> SMTP:
        return SMTP(postman, hostname="localhost", tls_context=context, require_starttls=True)

    server = await loop.create_server(line, "127.0.0.1", 0)
    yield Office(server.sockets[0].getsockname()[1], postman)
    server.close()


async def test_nothing_leaves_for_a_server_whose_certificate_nobody_vouches_for(
    office: Office,
) -> None:
    mail = office.mail(None)
    assert isinstance(await mail.deliver(filing()), RetryLater)
    assert office.postman.letters == []
    assert "SSL_CERT_FILE" in (await mail.check() or "")


async def test_a_nir_leaves_in_clear_for_a_verified_server_and_the_audit_says_so(
    office: Office, certificate: Path, tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    mail = office.mail(ssl.create_default_context(cafile=str(certificate)))
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    store, connectors = open_store(settings), {"email": mail}
    app = assemble(settings, store, knowledge, {"t": lambda *_: ()}, connectors)
    reference = file(app)
    db_thread = DatabaseThread(store)
    recorder = DeliveryRecorder(
        TicketDelivery(db_thread, connectors, lambda: NOW), patience=DELIVERY_PATIENCE
    )
    await deliver_due(store, recorder, lambda: NOW)
    db_thread.close()
    (letter,) = office.postman.letters
    assert A_NIR in letter.get_body(("plain",)).get_content()
    with store.transaction() as db:
        noted = [one for one in db.audit_log.entries(reference) if one.who == "connector:email"]
    assert [(one.what, one.detail) for one in noted] == [("ticket.sent_clear", "")]


def file(app: App) -> str:
    with app.store.transaction() as db:
        window = RequesterTickets(
            db=db,
            notifications=app.advisor_desk.notifications,
            catalogue=app.knowledge.catalogue,
            person_id=db.people.of("t:1", NOW).id,
            reopen_days=30,
        )
        return window.file(a_ticket().request, NOW).reference
