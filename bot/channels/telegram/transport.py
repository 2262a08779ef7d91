"""The way to Telegram: the library's requests, carried by aiohttp.

With the library's own client the cost of a call grows with the calls in flight. The token is part
of every address: no error from below may pass, for its text could quote one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.jobs.pulse import Pulse

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
WRITE_TIMEOUT = 20.0
TOO_MANY_REQUESTS = 429
BROKEN = 500  # and above: who answers is not Telegram, or not well
DEFAULT_REST = 5  # seconds to wait when Telegram does not say how many


class NoAnswerError(NetworkError):
    """Telegram could not be reached, or its answer did not come: the call may have been done."""


class UnreachedError(NoAnswerError):
    """There was no connection: the call was not done."""


class SlowDownError(TelegramError):
    """Telegram wants to hear nothing more of this for a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("Too Many Requests")
        self.after = after


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a call says, in plain values; the library's own way goes by objects."""

    said: Mapping[str, Any]
    contains_files: ClassVar[bool] = False
    multipart_data: ClassVar[Mapping[str, Any]] = {}

    @property
    def json_parameters(self) -> dict[str, str]:
        """As a form would hold it, for transports that send forms."""
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in self.said.items()
        }


class Transport(BaseRequest):
    """One pool of connections, opened in the loop that uses it."""

    def __init__(self, *, connections: int = 100, pulse: Pulse | None = None) -> None:
        self._connections = connections
        self._pulse = pulse or Pulse()
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_TIMEOUT

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(
                connector=connector, headers={"User-Agent": self.USER_AGENT}
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0913, PLR0917 -- the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | Spoken | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and the body of the answer.

        Raises:
            NoAnswerError: there was none.
            SlowDownError: it said to wait.
        """
        if self._session is None:
            raise UnreachedError("closed")
        timeout = _timeout(connect_timeout, write_timeout, read_timeout)
        try:
            async with self._session.request(
                method,
                url,
                data=_form(request_data),
                timeout=timeout,
                headers=_headers(request_data),
            ) as answer:
                status, content = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._pulse.missed()
            raise UnreachedError(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._pulse.missed()
            raise NoAnswerError(type(error).__name__) from None
        if status < BROKEN:
            self._pulse.answered()
        else:
            self._pulse.missed()
        if status == TOO_MANY_REQUESTS:
            raise SlowDownError(_rest(content))
        return status, content

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The library would write an answer that it cannot read into the log, words and all."""
        try:
            parsed = json.loads(payload)
        except ValueError:
            raise NoAnswerError("unreadable") from None
        # A proxy in between may answer in Telegram's place, in JSON of its own.
        if not isinstance(parsed, dict) or not ("result" in parsed or parsed.get("ok") is False):
            raise NoAnswerError("not Telegram")
        return parsed


def _timeout(connect: Any, write: Any, read: Any) -> aiohttp.ClientTimeout:
    connecting, reading = _or(connect, CONNECT_TIMEOUT), _or(read, READ_TIMEOUT)
    return aiohttp.ClientTimeout(
        total=connecting + _or(write, WRITE_TIMEOUT) + reading,
        sock_connect=connecting,
        sock_read=reading,
    )


def _or(timeout: Any, default: float) -> float:
    """A timeout that was given; the library's marker for « none given » is no number."""
    return float(timeout) if isinstance(timeout, int | float) else default


def _headers(data: RequestData | Spoken | None) -> dict[str, str] | None:
    return {"Content-Type": "application/json"} if isinstance(data, Spoken) else None


def _form(data: RequestData | Spoken | None) -> Any:
    if data is None:
        return None
    if isinstance(data, Spoken):
        return json.dumps(data.said).encode()
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters, quote_fields=False)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


def _rest(body: bytes) -> timedelta:
    try:
        seconds = json.loads(body)["parameters"]["retry_after"]
        return timedelta(seconds=max(1, int(seconds)))
    except (ValueError, KeyError, TypeError):
        return timedelta(seconds=DEFAULT_REST)
