"""Letters: what the desk says to a person by e-mail. One way only: no buttons, nothing to erase."""

from collections.abc import Iterator

from bot.channels import formatting
from bot.conversation.effects import Ask, Reply, Say
from bot.conversation.texts import fill
from bot.domain.delivery import OutgoingMessage
from bot.services.helpdesk import IncomingEvent


def render(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:  # noqa: ARG001 -- a Renderer
    """The words alone; whom they go to and their subject are added by who writes the letter."""
    if isinstance(reply, Say | Ask):
        blocks = formatting.blocks(fill(reply.text))
        yield OutgoingMessage("letter", {"words": "\n".join(map(formatting.to_plain, blocks))})
