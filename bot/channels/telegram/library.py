"""The Bot library, carried by our transport: it knows how files go to Telegram and come from there.

It weighs more than the conversation, so that it is loaded only where a file is at hand.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from httpx import Request
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.bot_client import BrokenError, LineError, read_answer
from bot.channels.telegram.transport import Body, Carrier

PATIENCE = 35.0  # seconds: files are heavy

# The library logs what it sends and receives at debug level: never, whatever the level is here.
logging.getLogger("telegram").setLevel(logging.CRITICAL)


def a_bot(token: str, bases: tuple[str, str], carrier: Carrier) -> Bot:
    """The library's `Bot`; `bases` are where methods and files are."""
    carried = _Carried(carrier)
    return Bot(token, *bases, request=carried, get_updates_request=carried)


@contextmanager
def our_errors() -> Iterator[None]:
    """The library wraps what its request raises in an error of its own."""
    try:
        yield
    except TelegramError as error:
        ours = error.__cause__
        raise (ours if isinstance(ours, LineError) else BrokenError()) from None


class _Carried(BaseRequest):
    """A request of the library's; errors are read here, as for every call."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    @property
    def read_timeout(self) -> float:
        return PATIENCE

    async def initialize(self) -> None:
        """The line is open."""

    async def shutdown(self) -> None:
        """The line closes itself."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        body = _form(request_data) if request_data else None
        status, content = await self._carrier.ask(urlsplit(url).path, body, PATIENCE)
        if body is not None or status != 200:  # else it is a file
            read_answer(status, content)
        return status, content


def _form(said: RequestData) -> Body:
    """Values and files as one form."""
    form = Request("POST", "", data=said.json_parameters, files=said.multipart_data)
    return Body(form.read(), form.headers["Content-Type"])
