"""Builds the connectors that `TICKETS_TO` names, the mailer and the mailbox, from the settings.

A new ticketing system is a module with a `Connector`, its settings, and a line in `CONNECTORS`. A
module is loaded only where it is named: what speaks HTTP takes time to load, and a terminal should
open without waiting for it.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from bot.connectors import Connector
from bot.connectors.email import Mailer, build_mail_server, build_reply_address
from bot.settings import Settings, SettingsError
from knowledge.catalogue import Catalogue

if TYPE_CHECKING:
    from bot.connectors.mailbox import Mailbox

CONNECTORS: Final[Mapping[str, str]] = {
    "console": "bot.connectors:ConsoleConnector",
    "email": "bot.connectors.email:EmailConnector",
    "webhook": "bot.connectors.webhook:WebhookConnector",
    "glpi": "bot.connectors.glpi:GlpiConnector",
    "zammad": "bot.connectors.zammad:ZammadConnector",
}
"""The class of each name that `TICKETS_TO` may hold."""


def build_connectors(settings: Settings, catalogue: Catalogue) -> dict[str, Connector]:
    """The connectors that `TICKETS_TO` names, by name, with the words of the catalogue.

    Raises:
        SettingsError: a name is unknown, or a setting of one is missing or unsafe.
    """
    for name in settings.tickets_to:
        if name not in CONNECTORS:
            raise SettingsError(
                f"Le réglage TICKETS_TO nomme « {name} », qui n'existe pas. "
                f"Connus : {', '.join(CONNECTORS)}."
            )
    return {name: connector_class(name).build(settings, catalogue) for name in settings.tickets_to}


def connector_class(name: str) -> type[Connector]:
    """Raises KeyError for a name that is none of `CONNECTORS`."""
    module, _, kind = CONNECTORS[name].partition(":")
    found: type[Connector] = getattr(import_module(module), kind)
    return found


def remedy_of(name: str) -> str:
    """The French sentence that tells the operator what to do when another system kept a ticket
    without one of its parts (a category, a requester)."""
    return (connector_class(name) if name in CONNECTORS else Connector).remedy


def build_mailer(settings: Settings) -> Mailer | None:
    """The way to write to people by e-mail, wherever tickets go; None where no sender is set."""
    if not settings.can_mail:
        return None
    return Mailer(
        server=build_mail_server(settings),
        sender=settings.mail_from,
        replies=build_reply_address(settings),
    )


def build_mailbox(settings: Settings) -> "Mailbox | None":
    """The mailbox that answers are read from; None where none is set. Raises SettingsError."""
    if not settings.imap_host:
        return None
    from bot.connectors.mailbox import Mailbox

    return Mailbox.build(settings)
