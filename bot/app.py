"""The application: store, knowledge and help desk, put together once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.connectors import Connector
from bot.connectors.email import Mailer, plain_address
from bot.connectors.factory import build_connectors, build_mailbox, build_mailer
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.helpdesk import HelpDesk
from bot.services.helpdesk_config import BotLink, HelpDeskConfig, Renderer
from bot.services.inbound_emails import InboundEmails
from bot.services.reminder_messages import ReminderMessages
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.settings import Settings, SettingsError
from bot.storage.database import migrate, open_database
from bot.storage.encryption import Encryption, KeyFile
from bot.storage.key_check import check_keys, refuse_missing_keys
from bot.storage.keys import load_or_create_keys
from bot.storage.store import Store
from knowledge import KnowledgeBase, load_knowledge

if TYPE_CHECKING:
    from bot.connectors.mailbox import Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What channels, background tasks and commands share; `mailer` is None without e-mail,
    `mailbox` where no answers are read over IMAP."""

    settings: Settings
    store: Store
    knowledge: KnowledgeBase
    helpdesk: HelpDesk
    advisor_desk: AdvisorDesk
    connectors: Mapping[str, Connector]
    mailer: Mailer | None = None
    mailbox: "Mailbox | None" = None
    inbound_emails: InboundEmails
    reminder_messages: ReminderMessages


def open_store(settings: Settings) -> Store:
    """The database and the keys, both made on the first start.

    Raises:
        KeyFileError: the keys are missing beside a database, another desk's, or open to others.
        DatabaseError: the database cannot be used, or is of another version.
        SettingsError: there can be no folder at DATA_DIR.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(
            f"Le dossier DATA_DIR={settings.data_dir} ne peut pas être fait : vérifiez le chemin "
            "et les droits de ce compte, puis relancez."
        ) from None
    engine = open_database(settings.database)
    # New keys would lock the old content away without a word.
    refuse_missing_keys(engine, settings.keys_dir)
    file = KeyFile(settings.keys_dir)  # looked at before it is read: no change is missed
    encryption = Encryption(load_or_create_keys(settings.keys_dir), file)
    migrate(engine)
    check_keys(engine, encryption)
    return Store(engine, encryption)


def build_app(settings: Settings, renderers: Mapping[str, Renderer]) -> App:
    """Everything, ready to take events.

    Raises:
        SettingsError, KeyFileError, ContentError: what is wrong, and what to do about it.
    """
    knowledge = load_knowledge()
    connectors = build_connectors(settings, knowledge.catalogue)
    return assemble(settings, open_store(settings), knowledge, renderers, connectors)


def assemble(
    settings: Settings,
    store: Store,
    knowledge: KnowledgeBase,
    renderers: Mapping[str, Renderer],
    connectors: Mapping[str, Connector],
) -> App:
    """The parts, put together."""
    config = HelpDeskConfig(
        store=store,
        knowledge=knowledge,
        rules=settings.rules,
        nir_in_chat=settings.nir_in_chat,
        retention=settings.kept,
        renderers=renderers,
        routes=TicketRoutes(destinations=tuple(connectors), groups=settings.staff_groups),
        bot_link=BotLink(settings.bot_link),
    )
    helpdesk = HelpDesk(config)
    advisor_desk = AdvisorDesk(
        store,
        TicketNotifications(config.routes),
        helpdesk.tell,
        settings.piece_bytes,
        knowledge.catalogue.fields,
    )
    return App(
        settings=settings,
        store=store,
        knowledge=knowledge,
        helpdesk=helpdesk,
        advisor_desk=advisor_desk,
        connectors=connectors,
        mailer=build_mailer(settings),
        mailbox=build_mailbox(settings),
        inbound_emails=InboundEmails(config, advisor_desk, plain_address(settings.mail_to)),
        reminder_messages=ReminderMessages(config, settings.calendar),
    )
