"""Letters: what the desk says to a person by e-mail. One way only: no buttons, nothing to erase."""

from collections.abc import Iterator

from bot.channels import markup
from bot.conversation.effects import Ask, Reply, Say
from bot.conversation.wording import fill
from bot.services.helpdesk import IncomingEvent
from bot.storage.posting import Parcel


def render(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[Parcel]:  # noqa: ARG001 -- a Renderer
    """The words alone; whom they go to and their subject are added by who writes the letter."""
    if isinstance(reply, Say | Ask):
        blocks = markup.blocks(fill(reply.text))
        yield Parcel("letter", {"words": "\n".join(map(markup.to_plain, blocks))})
