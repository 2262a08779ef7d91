"""HTTP: what an answer, or none, tells about whether something arrived; and addresses not to call.

| what happened | meaning |
|---|---|
| could not connect, TLS refused | it did not arrive: later |
| the connection broke, no answer in time, 5xx | it may have arrived |
| 408, 425, 429 | not now; `Retry-After` is obeyed |
| 401, 403, 404 | a setting is wrong, here or there: later, while somebody puts it right |
| any other 4xx | they will never take it |
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.domain.delivery import Refused, RetryLater, Uncertain

NOT_NOW = (408, 425, 429)
SETTINGS = (401, 403, 404, 407)
AFTER_SILENCE = timedelta(seconds=30)
"""A server that did not answer may still be at work: it is asked later, not at once."""
AFTER_BREAK = timedelta(seconds=10)
MOST_ANSWER = 1_000_000  # bytes of an answer that are read
LONGEST_WAIT = timedelta(hours=1)


Failure = RetryLater | Uncertain | Refused


class PrivateAddressError(OSError):
    """The address is not one of the public network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class PublicResolver(AbstractResolver):
    """Resolves names; one that leads into a private network is refused, whichever way it goes."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for one in found:
            refuse_private(one["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()


def refuse_private(host: str) -> None:
    """Raises PrivateAddressError for loopback, a private network, a cloud's own."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return  # a name: the resolver looks at what it stands for
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_global or (mapped or address).is_multicast:
        raise PrivateAddressError(f"{host} is no public address")


class Client:
    """Calls one server; redirects are never followed."""

    def __init__(self, *, timeout: float, public_only: bool = False) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, 10))
        self._public_only = public_only

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """One call. Raises aiohttp.ClientError, TimeoutError, OSError."""
        connector = None
        if self._public_only:
            refuse_private(URL(url).host or "")
            connector = aiohttp.TCPConnector(resolver=PublicResolver())
        async with (
            aiohttp.ClientSession(timeout=self._timeout, connector=connector) as session,
            session.request(
                method, url, headers=dict(headers), data=body, allow_redirects=False
            ) as response,
        ):
            read = await response.content.read(MOST_ANSWER)
            return Answer(response.status, dict(response.headers), read)


def read_failure(error: Exception, code: str) -> Failure:
    """What it means that there was no answer."""
    match error:
        case PrivateAddressError():
            return RetryLater(f"{code}.private_address")
        case aiohttp.ClientConnectorError() | aiohttp.InvalidURL():
            return RetryLater(f"{code}.out_of_reach")
        case aiohttp.ConnectionTimeoutError():
            return RetryLater(f"{code}.out_of_reach")
        case TimeoutError():
            return Uncertain(f"{code}.silent", AFTER_SILENCE)
        case _:
            return Uncertain(f"{code}.broken", AFTER_BREAK)


def read_status(answer: Answer, code: str) -> Failure:
    """What an answer means that is no success."""
    if answer.status >= 500:
        return Uncertain(f"{code}.{answer.status}", retry_after(answer))
    if answer.status in NOT_NOW:
        return RetryLater(f"{code}.{answer.status}", retry_after(answer))
    if answer.status in SETTINGS or answer.status < 400:
        return RetryLater(f"{code}.{answer.status}")
    return Refused(f"{code}.{answer.status}")


def retry_after(answer: Answer) -> timedelta | None:
    """What the server asks for, in whole seconds; an hour at most."""
    asked: Any = next(
        (value for name, value in answer.headers.items() if name.lower() == "retry-after"), ""
    )
    if not str(asked).isdecimal():
        return None
    return min(timedelta(seconds=int(asked)), LONGEST_WAIT)
