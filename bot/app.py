"""The application: store, knowledge and help desk, put together once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread

from bot.connectors import Connector
from bot.connectors.email import Mailer
from bot.connectors.factory import build_connectors, build_mailer
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.helpdesk import HelpDesk, HelpDeskConfig, Renderer
from bot.services.reminder_messages import ReminderMessages
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.settings import Settings, SettingsError
from bot.storage.database import migrate, open_database, read_version
from bot.storage.encryption import Encryption
from bot.storage.keys import KeyFile, KeyFileError, load_or_create_keys
from bot.storage.store import Store
from knowledge import KnowledgeBase, load_knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What every channel and job works with; `post` writes to people by e-mail, where it is set."""

    settings: Settings
    store: Store
    knowledge: KnowledgeBase
    helpdesk: HelpDesk
    backoffice: AdvisorDesk
    connectors: Mapping[str, Connector]
    post: Mailer | None = None
    telling: ReminderMessages


def open_store(settings: Settings) -> Store:
    """The database and the keys, both made on the first start.

    Raises:
        KeyringError: the keys are missing beside a database, or open to others.
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
    folder = settings.data_dir / "keys"
    if read_version(engine) is not None and not folder.exists():
        # New keys would lock the old content away without a word.
        raise KeyFileError(
            f"La base existe, mais ses clés manquent dans {folder.resolve()} : remettez en place "
            "leur sauvegarde. Pour repartir de zéro, déplacez aussi la base."
        )
    file = KeyFile(folder)  # looked at before it is read: no change is missed
    vault = Encryption(load_or_create_keys(folder), file)
    migrate(engine)
    return Store(engine, vault)


def choose_connectors(settings: Settings, knowledge: KnowledgeBase) -> dict[str, Connector]:
    """The connectors that `TICKETS_TO` names.

    Raises:
        SettingsError: one of the names is unknown, or what it needs is missing or unsafe.
    """
    fields = knowledge.catalogue.fields.values()
    return build_connectors(settings, {field.key: field.label for field in fields})


def build_app(settings: Settings, renderers: Mapping[str, Renderer]) -> App:
    """Everything, ready to hear.

    Raises:
        SettingsError, KeyringError, ContentError: what is wrong, and what to do about it.
    """
    knowledge = load_knowledge(extra=settings.further, meaning=settings.vectors)
    Thread(target=knowledge.prepare, name="encoder", daemon=True).start()
    connectors = choose_connectors(settings, knowledge)
    return assemble(settings, open_store(settings), knowledge, renderers, connectors)


def assemble(
    settings: Settings,
    store: Store,
    knowledge: KnowledgeBase,
    renderers: Mapping[str, Renderer],
    connectors: Mapping[str, Connector],
) -> App:
    """The parts, put together."""
    desk = HelpDeskConfig(
        store=store,
        knowledge=knowledge,
        rules=settings.rules,
        retention=settings.kept,
        renderers=renderers,
        routes=TicketRoutes(destinations=tuple(connectors), groups=settings.staff_groups),
    )
    helpdesk = HelpDesk(desk)
    return App(
        settings=settings,
        store=store,
        knowledge=knowledge,
        helpdesk=helpdesk,
        backoffice=AdvisorDesk(
            store, TicketNotifications(desk.routes), helpdesk.tell, settings.piece_bytes
        ),
        connectors=connectors,
        post=build_mailer(settings),
        telling=ReminderMessages(desk, settings.calendar),
    )
