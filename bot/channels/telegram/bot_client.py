"""The Bot API client: python-telegram-bot's `Bot` on aiohttp, and what its errors mean for a row.

The token is part of every address. No error of aiohttp leaves this module with its text or its
cause, and the library's logger is silent: at its lower levels it tells what it carries.

| answer | what becomes of the row |
|---|---|
| 429 | the lane sleeps as long as Telegram says |
| none, 5xx | tried again, later and later |
| 403, no such chat | the person is unreachable until they write again |
| 400: not modified, nothing to delete | done |
| 400: cannot parse | sent once as plain text (`delivery`) |
| 400: thread not found | the topic is made again (`staff.topics`) |
| migrated | sent to the new chat |
| anything else | buried, where the operator sees it |
"""

import json
import logging
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData

from bot.connectors.http import proxy_for
from bot.domain.attachment import Attachment, FileType
from bot.domain.delivery import (
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Unreachable,
)
from bot.monitoring.health import ConnectionStatus

os.environ.setdefault("PTB_TIMEDELTA", "true")  # durations come as such, as in its next version
logging.getLogger("telegram").setLevel(logging.CRITICAL)

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 10.0
FILE_TIMEOUT = 35.0
CONNECTIONS = 100
HEAVIEST = 2**25  # bytes; Telegram gives out files of 20 MB
BROKEN = 500  # and above: who answers is not Telegram, or not well

NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
DONE = ("message is not modified", "message to delete not found")
NO_CHAT = ("chat not found", "user not found", "peer_id_invalid")
UNPARSED = "can't parse entities"
HARMLESS = re.compile(r"[A-Za-z_' :]{1,80}")
"""A description in plain words: it quotes nothing that somebody typed."""

ERASE_PATIENCE = 4
"""Attempts, when Telegram answers: a person must know soon that their NIR is still to be seen."""

FETCH_PATIENCE = 5
"""Attempts, when Telegram answers: who sent a file must know soon that it did not arrive."""

FETCHES = ("fetch", "fetch_piece")
LEAVING = ("parting", "leave")


class NoAnswerError(NetworkError):
    """No answer came, or none of Telegram's: the call may have been done."""


class NotConnectedError(NoAnswerError):
    """There was no connection: the call was not done."""


_CAUSES: tuple[tuple[type[TelegramError], str], ...] = (
    (Conflict, "un autre programme utilise ce jeton"),
    (InvalidToken, "jeton refusé"),
    (Forbidden, "accès refusé"),
    (RetryAfter, "trop de messages à la fois"),
    (NotConnectedError, "aucune connexion"),
    (NoAnswerError, "aucune réponse"),
    (TimedOut, "aucune réponse à temps"),
    (BadRequest, "demande refusée"),
    (NetworkError, "réseau"),
)


def cause_of(error: TelegramError) -> str:
    """Why a call failed, as the operator reads it in the log."""
    return next((words for kind, words in _CAUSES if isinstance(error, kind)), "erreur")


class AiohttpRequest(BaseRequest):
    """Carries the calls of one `Bot`, on the event loop, through the environment's proxy.

    The proxy is looked up once: aiohttp's `trust_env` would read the environment and `~/.netrc`
    with every call, which took a fifth of the processor time of a busy desk.
    """

    def __init__(
        self, server: str, pulse: ConnectionStatus, connections: int = CONNECTIONS
    ) -> None:
        self._proxy = proxy_for(server)
        self._pulse = pulse
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_TIMEOUT

    async def initialize(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0913 -- the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises:
            NoAnswerError: there was none.
        """
        patience = read_timeout if isinstance(read_timeout, float | int) else READ_TIMEOUT
        form = _form(request_data) if request_data else None
        try:
            status, content = await self._exchange(method, url, form, patience)
        except NoAnswerError:
            self._pulse.missed()
            raise
        except NOT_CONNECTED as error:
            self._pulse.missed()
            raise NotConnectedError(type(error).__name__) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # a timeout is among them
            self._pulse.missed()
            raise NoAnswerError(type(error).__name__) from None
        if status < BROKEN:
            self._pulse.answered()
        else:
            self._pulse.missed()
        return status, content if status < 300 else _discreet(content)

    async def _exchange(
        self, method: str, url: str, form: Any, patience: float
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotConnectedError("closed")
        timeout = aiohttp.ClientTimeout(
            total=CONNECT_TIMEOUT + patience, sock_connect=CONNECT_TIMEOUT
        )
        async with self._session.request(
            method, url, data=form, timeout=timeout, allow_redirects=False, proxy=self._proxy
        ) as response:
            content = bytearray()
            async for part in response.content.iter_any():
                content += part
                if len(content) > HEAVIEST:
                    raise NoAnswerError("too heavy")
            return response.status, bytes(content)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """An answer of Telegram's; what is none is not quoted."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
            raise NoAnswerError("not Telegram")
        return answer


def _discreet(content: bytes) -> bytes:
    """An error as Telegram says it; a page of somebody else's may quote the address that we asked
    for, and the library would quote the page."""
    try:
        AiohttpRequest.parse_json_payload(content)
    except NoAnswerError:
        return b"{}"
    return content


def _form(said: RequestData) -> aiohttp.FormData | Mapping[str, str] | None:
    """Values as a form, with the files in it where there are some."""
    if not said.contains_files:
        return said.json_parameters or None
    form = aiohttp.FormData(said.json_parameters, quote_fields=False)
    for name, (filename, content, kind) in said.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


class BotClient(Bot):
    """The Bot API in the name of one bot; used from the event loop alone."""

    async def greet(self) -> None:
        """Ask who the bot is; `username` is known from then on."""
        try:
            await self.get_me()
        except TelegramError:
            raise
        except Exception:  # noqa: BLE001 -- what cannot be read as a bot was not said by Telegram
            raise NoAnswerError("not Telegram") from None

    async def fetch_updates(
        self, offset: int | None, *, limit: int, wait: int, allowed: Sequence[str]
    ) -> list[object]:
        """Updates from `offset` on as they came, waiting up to `wait` seconds for the first.

        `Bot.get_updates` reads them all at once, and fails for all where one cannot be read.
        """
        found = await self._post(
            "getUpdates",
            {"offset": offset, "limit": limit, "timeout": wait, "allowed_updates": list(allowed)},
            read_timeout=READ_TIMEOUT + wait,
        )
        if not isinstance(found, list):
            raise NoAnswerError("not Telegram")
        return found


def make_bot(token: str, base_url: str, calls: BaseRequest, updates: BaseRequest) -> BotClient:
    """A client that speaks through `calls`, and asks for updates through `updates`."""
    files = base_url.removesuffix("/bot") + "/file/bot"
    return BotClient(token, base_url, files, request=calls, get_updates_request=updates)


@asynccontextmanager
async def open_bot(token: str, base_url: str, pulse: ConnectionStatus) -> AsyncIterator[BotClient]:
    """A client over connections of its own, closed at the end."""
    async with (
        AiohttpRequest(base_url, pulse) as calls,
        AiohttpRequest(base_url, pulse, connections=2) as updates,
    ):
        yield make_bot(token, base_url, calls, updates)


def read_error(error: TelegramError, row: OutboxMessage) -> DeliveryResult:  # noqa: PLR0911 -- a table
    """What an error means for the row."""
    if row.kind in LEAVING and isinstance(error, BadRequest | Forbidden):
        return Delivered()  # a group that cannot be written to or left is left already
    match error:
        case RetryAfter(retry_after=timedelta() as after):
            return RetryLater("telegram.429", max(after, timedelta(seconds=1)))
        case Forbidden():
            return Unreachable("telegram.403")
        case BadRequest(message=message):
            return _read_400(message)
        case NoAnswerError():
            return RetryLater(
                "telegram.no_answer", perhaps=not isinstance(error, NotConnectedError)
            )
        case InvalidToken():
            return RetryLater("telegram.token")
        case NetworkError() if row.kind == "erase" and row.attempts >= ERASE_PATIENCE:
            return Refused("telegram.not_erased")
        case NetworkError() if row.kind in FETCHES and row.attempts >= FETCH_PATIENCE:
            return Refused("telegram.not_fetched")
        case _:
            return RetryLater("telegram.5xx")


def _read_400(message: str) -> DeliveryResult:
    said = message.lower()
    if any(words in said for words in DONE):
        return Delivered()
    if any(words in said for words in NO_CHAT):
        return Unreachable("telegram.no_chat")
    return Refused(f"telegram.400 {said}" if HARMLESS.fullmatch(said) else "telegram.400")


def address_of(chat_id: int) -> str:
    """The address of a person, or of a group that is none of ours; a lane of the outbox."""
    return f"telegram:{chat_id}"


def chat_of(address: str) -> int:
    """The chat of an address or a lane."""
    return int(address.partition(":")[2])


AS_PHOTO = (FileType.JPEG, FileType.PNG)
PHOTO_BYTES = 10_000_000


async def fetch(bot: BotClient, document: str, most_bytes: int) -> bytes:
    """The content of a file; empty when it weighs more than is taken."""
    file = await bot.get_file(document, read_timeout=FILE_TIMEOUT)
    if (file.file_size or 0) > most_bytes:
        return b""
    return bytes(await file.download_as_bytearray(read_timeout=FILE_TIMEOUT))


async def give(
    bot: BotClient, chat_id: int, piece: Attachment, content: bytes, **options: Any
) -> int:
    """Show a piece in a chat; the number of the message."""
    if piece.type in AS_PHOTO and len(content) <= PHOTO_BYTES:
        try:
            sent = await bot.send_photo(
                chat_id, content, filename=piece.name, read_timeout=FILE_TIMEOUT, **options
            )
        except BadRequest as error:
            if not any(word in error.message.lower() for word in ("photo", "image")):
                raise
        else:
            return sent.message_id
    return await give_document(bot, chat_id, content, filename=piece.name, **options)


async def give_document(bot: BotClient, chat_id: int, content: bytes, **options: Any) -> int:
    """Send a file as it is; the number of the message."""
    sent = await bot.send_document(chat_id, content, read_timeout=FILE_TIMEOUT, **options)
    return sent.message_id
