"""The line to Telegram: any method of the Bot API, in plain values, and updates as they came."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.channels.telegram.bot_client import NoAnswerError, read_answer
from bot.channels.telegram.proxy import Proxy
from bot.channels.telegram.transport import READ_TIMEOUT, Body, Carrier, Transport
from bot.channels.telegram.updates import RawUpdate, is_update
from bot.monitoring.health import ConnectionStatus

if TYPE_CHECKING:
    from telegram import Bot


class Line:
    """What is said to Telegram in the name of the bot; `username` is known once it was greeted."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        proxy: str = "",
        pulse: ConnectionStatus | None = None,
        transport: Carrier | None = None,
    ) -> None:
        self.username = ""
        self._token = token
        self._bases = base_url, base_url.removesuffix("/bot") + "/file/bot"
        self._path = urlsplit(f"{base_url}{token}").path
        way = partial(Transport, base_url, pulse=pulse, proxy=Proxy.at(proxy))
        self._calls = transport or way()
        self._updates = transport or way(connections=2)
        self._library: Bot | None = None

    async def greet(self) -> None:
        """Ask who the bot is."""
        me = await self.call("getMe")
        if not isinstance(me, dict) or "username" not in me:
            raise NoAnswerError("not Telegram")
        self.username = str(me["username"])

    async def close(self) -> None:
        await self._calls.close()
        await self._updates.close()

    async def call(self, method: str, **said: Any) -> Any:
        """The result of a method.

        Raises:
            LineError: there is none.
        """
        if "chat_id" in said:  # as text, which the API takes too: some servers take nothing else
            said["chat_id"] = str(said["chat_id"])
        body = Body(json.dumps(said).encode())
        return read_answer(*await self._calls.ask(f"{self._path}/{method}", body))

    async def post(self, chat_id: int, words: str, **options: Any) -> int:
        """A text as it is; the number of the message."""
        sent = await self.call("sendMessage", chat_id=chat_id, text=words, **options)
        return int(sent["message_id"])

    async def fetch_updates(
        self, offset: int | None, *, limit: int, wait: int, allowed: Sequence[str]
    ) -> list[RawUpdate]:
        """Updates from `offset` on, waiting up to `wait` seconds for the first."""
        asked = {"limit": limit, "timeout": wait, "allowed_updates": allowed}
        if offset is not None:
            asked["offset"] = offset
        path, body = f"{self._path}/getUpdates", Body(json.dumps(asked).encode())
        found = read_answer(*await self._updates.ask(path, body, READ_TIMEOUT + wait))
        if not isinstance(found, list) or not all(map(is_update, found)):
            raise NoAnswerError("not Telegram")
        return found

    @contextmanager
    def library(self) -> Iterator["Bot"]:
        """The Bot library on this line, for files; loaded by the first one. It raises as we do."""
        from bot.channels.telegram import library

        if self._library is None:
            self._library = library.a_bot(self._token, self._bases, self._calls)
        with library.our_errors():
            yield self._library
