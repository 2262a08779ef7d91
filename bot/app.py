"""The application: store, knowledge and help desk, put together once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.connectors import CONNECTORS, Connector
from bot.helpdesk import Desk, HelpDesk, Renderer
from bot.settings import Settings, SettingsError
from bot.storage.database import migrate, open_database, read_version
from bot.storage.keyring import KeyringError, load_or_create_keyring
from bot.storage.store import Store
from bot.storage.vault import Vault
from knowledge import KnowledgeBase, load_knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What every channel and job works with."""

    settings: Settings
    store: Store
    knowledge: KnowledgeBase
    helpdesk: HelpDesk
    connectors: Mapping[str, Connector]


def open_store(settings: Settings) -> Store:
    """The database and the keys, both made on the first start.

    Raises:
        KeyringError: the keys are missing beside a database, or open to others.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_database(settings.database)
    folder = settings.data_dir / "keys"
    if read_version(engine) is not None and not folder.exists():
        # New keys would lock the old content away without a word.
        raise KeyringError(
            f"La base existe, mais ses clés manquent dans {folder.resolve()} : remettez en place "
            "leur sauvegarde. Pour repartir de zéro, déplacez aussi la base."
        )
    vault = Vault(load_or_create_keyring(folder))
    migrate(engine)
    return Store(engine, vault)


def choose_connectors(settings: Settings) -> dict[str, Connector]:
    """The connectors that `TICKETS_TO` names.

    Raises:
        SettingsError: one of the names is unknown.
    """
    unknown = [name for name in settings.tickets_to if name not in CONNECTORS]
    if unknown:
        known = ", ".join(CONNECTORS)
        message = (
            f"Le réglage TICKETS_TO nomme « {unknown[0]} », qui n'existe pas. Connus : {known}."
        )
        raise SettingsError(message)
    return {name: CONNECTORS[name]() for name in settings.tickets_to}


def build_app(settings: Settings, renderers: Mapping[str, Renderer]) -> App:
    """Everything, ready to hear.

    Raises:
        SettingsError, KeyringError, ContentError: what is wrong, and what to do about it.
    """
    connectors = choose_connectors(settings)
    knowledge = load_knowledge(extra=settings.further)
    store = open_store(settings)
    desk = Desk(
        store=store,
        knowledge=knowledge,
        rules=settings.rules,
        retention=settings.kept,
        renderers=renderers,
        destinations=tuple(connectors),
    )
    return App(
        settings=settings,
        store=store,
        knowledge=knowledge,
        helpdesk=HelpDesk(desk),
        connectors=connectors,
    )
