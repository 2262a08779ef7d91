"""What a turn needs besides its transaction: the event that came in, the rules of the channel on
which it came, and how that channel shows a reply."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.conversation.context import Rules
from bot.conversation.effects import Reply
from bot.conversation.events import Event, Opened
from bot.domain.delivery import OutgoingMessage
from bot.domain.retention import Retention
from bot.services.requester_tickets import RequesterTickets
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.storage.store import Database, Store
from knowledge import KnowledgeBase


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """One event received on a channel, with the address of its sender.

    `turn` is the turn to which a pressed button belongs, None where no button was pressed;
    `message` is the channel's id of the person's own message, so that it can be erased.
    """

    address: str
    event: Event
    turn: int | None = None
    message: str = ""


Renderer = Callable[[Reply, int, IncomingEvent], Iterable[OutgoingMessage]]
"""Renders a reply as a channel's messages; the number is the turn to which its buttons belong."""


@dataclass(slots=True)
class BotLink:
    """The bot's public address; empty until the channel has asked for the bot's name.

    Written once by the channel when it starts, read by every later turn and reminder.
    """

    url: str = ""


NIR_CHANNELS = ("terminal", "web")
"""Where no other company carries what is typed."""
TERMINAL = "terminal"


def channel_of(address: str) -> str:
    """The channel's name at the beginning of an address: « telegram » of « telegram:123 »."""
    return address.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDeskConfig:
    """Everything a turn needs besides its transaction, put together once by `bot.app`.

    `nir_in_chat` is the operator's choice for all channels; without one `NIR_CHANNELS` may ask for
    NIRs, others on a page alone (RGPD, art. 25: the default protects).
    `routes` are the destinations of filed tickets besides the database.
    """

    store: Store
    knowledge: KnowledgeBase
    rules: Rules = Rules()
    nir_in_chat: bool | None = None
    retention: Retention = Retention()
    renderers: Mapping[str, Renderer]
    routes: TicketRoutes = TicketRoutes()
    bot_link: BotLink = field(default_factory=BotLink)

    def rules_at(self, address: str) -> Rules:
        """The rules of the channel that an address is on."""
        is_at_hand = channel_of(address) in NIR_CHANNELS
        has_page = not is_at_hand and self.rules.web.startswith("https:")
        default = is_at_hand or has_page
        chosen = default if self.nir_in_chat is None else self.nir_in_chat
        return replace(
            self.rules,
            nir_in_chat=chosen,
            nir_page=chosen and has_page,
            nir_page_only=has_page and self.nir_in_chat is None,
            link=self.bot_link.url,
        )

    def render(self, address: str, reply: Reply) -> Iterable[OutgoingMessage]:
        """A message that belongs to none of a person's turns, as their channel shows it."""
        incoming = IncomingEvent(address=address, event=Opened())
        return self.renderers[channel_of(address)](reply, 0, incoming)

    def requester_tickets(self, db: Database, person_id: str) -> RequesterTickets:
        """The tickets of one person, inside the caller's transaction."""
        return RequesterTickets(
            db=db,
            notifications=TicketNotifications(self.routes),
            catalogue=self.knowledge.catalogue,
            person_id=person_id,
            reopen_days=self.rules.reopen_days,
            piece_bytes=self.rules.piece_bytes,
        )
