"""Posts: the messages by which a topic shows its ticket, as they are written and put right."""

from collections.abc import Iterator

from bot.channels import formatting
from bot.channels.telegram.bot_client import DONE, RefusedError
from bot.channels.telegram.delivery import CANNOT_EDIT, NO_PREVIEW
from bot.channels.telegram.line import Line
from bot.channels.telegram.staff.context import plain
from bot.connectors.ticket_text import TicketFormatter, piece_lines
from bot.conversation.texts import text
from bot.domain.dates import in_paris
from bot.domain.ticket import Ticket, TicketMessage
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database
from bot.storage.ticket_links import DESCRIPTION, Post, Topic

LIMIT = 4096  # UTF-16 units of a message


class Posts:
    """Writes in topics, and keeps which message there shows what of a ticket."""

    def __init__(self, line: Line, clerk: DatabaseThread, wording: TicketFormatter) -> None:
        self._line = line
        self._clerk = clerk
        self._wording = wording

    def recap(self, ticket: Ticket) -> list[str]:
        lines = "\n".join(self._wording.ticket_lines(ticket))
        see = [plain(text("staff.see_piece"))] if ticket.pieces_at(None) else []
        how = "\n".join([*see, plain(text("staff.how"))])
        return parts(f"{ticket.reference}\n{lines}\n\n{how}")

    async def post(self, topic: Topic, words: str, place: int | None) -> None:
        sent = await self._line.post(
            topic.chat_id,
            words,
            message_thread_id=topic.thread_id,
            link_preview_options=NO_PREVIEW,
        )
        post = Post(topic.reference, place)
        await self._clerk.record(lambda db: db.ticket_links.save_post(topic.chat_id, sent, post))

    async def reword(self, ticket: Ticket, topic: Topic, message: TicketMessage) -> None:
        """The requester's message as they corrected it, where it stood; else once more below."""
        shown = await self._shown(topic, message.place)
        moment = f"{in_paris(message.written_at):%d/%m/%Y %H:%M}"
        head = text("staff.reworded", who=text("outside.requester"), moment=moment)
        reads = parts(f"{plain(head)}\n{with_pieces(message, ticket)}")
        if len(shown) == len(reads) == 1 and await self._edit(topic, shown[0], reads[0]):
            return
        for part in reads:
            await self.post(topic, part, message.place)

    async def reword_description(self, ticket: Ticket, topic: Topic) -> None:
        """The recap as it reads now, and a word below it: an edited message calls nobody."""
        shown, reads = await self._shown(topic, None), self.recap(ticket)
        reads += [plain(text("staff.recap_ends_above"))] * (len(shown) - len(reads))
        for message_id, words in zip(shown, reads, strict=False):
            await self._edit(topic, message_id, words)
        for words in reads[len(shown) :]:
            await self.post(topic, words, None)
        said = plain(text("staff.description_corrected"))
        for part in parts(f"{said}\n{ticket.request.description}"):
            await self.post(topic, part, DESCRIPTION)

    async def _shown(self, topic: Topic, place: int | None) -> tuple[int, ...]:
        return await self._clerk.record(
            lambda db: db.ticket_links.posts(topic.chat_id, Post(topic.reference, place))
        )

    async def _edit(self, topic: Topic, message_id: int, words: str) -> bool:
        """Whether the message reads so now; one that was deleted by hand cannot."""
        try:
            where = {"chat_id": topic.chat_id, "message_id": message_id}
            await self._line.call(
                "editMessageText", text=words, link_preview_options=NO_PREVIEW, **where
            )
        except RefusedError as error:
            said = error.message.lower()
            if not any(known in said for known in (*CANNOT_EDIT, *DONE)):
                raise
            return any(known in said for known in DONE)
        return True


def with_pieces(message: TicketMessage, ticket: Ticket) -> str:
    """The words, and what came along: named, never copied into the group."""
    return "\n".join([message.text, *_pieces(message, ticket)])


def _pieces(message: TicketMessage, ticket: Ticket) -> Iterator[str]:
    named = list(piece_lines(ticket, message.place))
    yield from named
    if named:
        yield plain(text("staff.see_piece"))


def parts(words: str) -> list[str]:
    """A text in messages that fit, cut at lines."""
    packed = formatting.pack(words.split("\n"), limit=LIMIT, size=formatting.utf16_units)
    return ["\n".join(part).strip() or "…" for part in packed]
