"""The HTTP client of the connectors: what a response, or none, tells about whether something
arrived; the proxy of the environment; and addresses not to call.

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
from typing import Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.connectors import Failure
from bot.domain.delivery import LONGEST_WAIT, Refused, RetryLater, Uncertain

NOT_NOW = (408, 425, 429)
SETTINGS = (401, 403, 404, 407)
AFTER_SILENCE = timedelta(minutes=3)
"""A server that did not answer, or whose proxy gave up, may still be at work: longer than PHP and a
proxy usually let it. Asked before, it would not have the ticket yet, and get a second one."""
OWN_FAULTS = (500, 501)  # of the server itself, which has finished; others are its proxy's
UNKNOWN_CERTIFICATE = (
    "certificat non reconnu. Pour une autorité interne, donnez le sien avec SSL_CERT_FILE, dans "
    "l'environnement du service (.env ne suffit pas)."
)
TROUBLES: Final = {
    "private_address": (
        "adresse d'un réseau privé : vérifiez-la, ou mettez TICKET_WEBHOOK_PRIVATE=true si c'est "
        "voulu."
    ),
    "certificate": UNKNOWN_CERTIFICATE,
    "tls": "ce port ne parle pas TLS : vérifiez https:// et le port.",
    "proxy": "le serveur mandataire refuse : vérifiez HTTPS_PROXY, HTTP_PROXY et NO_PROXY.",
    "out_of_reach": "injoignable : vérifiez l'adresse, le réseau et HTTPS_PROXY.",
    "silent": "pas de réponse à temps : vérifiez que ce serveur marche.",
    "broken": "la connexion a été coupée : vérifiez que ce serveur marche.",
    **dict.fromkeys(
        ("301", "302", "307", "308"),
        "cette adresse mène à une autre (souvent en https) : donnez celle-là.",
    ),
}
"""What the operator does about it, by the end of the failure's code."""
MOST_ANSWER = 1_000_000  # bytes of an answer that are read


TRANSLATED: Final = tuple(
    map(
        ipaddress.ip_network,
        ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "192.0.0.0/24"),
    )
)
"""Networks whose addresses stand for others, which a gateway may lead into a private network."""


class PrivateAddressError(OSError):
    """The address is not one of the public network."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a server answered; names of headers are the same in small letters and in large."""

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


def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for an address."""
    address = URL(url)
    if proxy_bypass(address.host or ""):
        return None
    return getproxies().get(address.scheme)


def host_of(url: str) -> str:
    """The host of an address, « ::1 » without its brackets; empty where there is none."""
    try:
        return (URL(url).host or "").strip("[]")
    except ValueError:
        return ""


def is_https(url: str) -> bool:
    return url.lower().startswith("https://")


def refuse_private(host: str) -> None:
    """Raises PrivateAddressError for loopback, a private network, a cloud's own."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return  # a name: the resolver looks at what it stands for
    mapped = getattr(address, "ipv4_mapped", None)
    is_translated = any(address in network for network in TRANSLATED)
    if is_translated or not (mapped or address).is_global or (mapped or address).is_multicast:
        raise PrivateAddressError(f"{host} is no public address")


class HttpClient:
    """Calls one server, through the environment's proxy where one is set; redirects are never
    followed.

    `public_only` refuses addresses of private networks. Where a proxy is used it resolves the
    names, so only addresses written as numbers can be refused here.
    """

    def __init__(self, *, timeout: float, public_only: bool = False) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, 10))
        self._public_only = public_only

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpResponse:
        """One call. Raises aiohttp.ClientError, TimeoutError, OSError."""
        connector, proxy = None, proxy_for(url)
        if self._public_only:
            refuse_private(URL(url).host or "")
            if proxy is None:
                connector = aiohttp.TCPConnector(resolver=PublicResolver())
        async with (
            aiohttp.ClientSession(timeout=self._timeout, connector=connector) as session,
            session.request(
                method, url, headers=dict(headers), data=body, allow_redirects=False, proxy=proxy
            ) as response,
        ):
            read = await response.content.read(MOST_ANSWER)
            return HttpResponse(response.status, response.headers, read)


def read_failure(error: Exception, code: str) -> Failure:
    """What it means that there was no response."""
    match error:
        case PrivateAddressError():
            trouble = "private_address"
        case aiohttp.ClientHttpProxyError():
            trouble = "proxy"
        case aiohttp.ClientConnectorCertificateError():
            trouble = "certificate"
        case aiohttp.ClientConnectorSSLError():
            trouble = "tls"
        case (
            aiohttp.ClientConnectorError() | aiohttp.InvalidURL() | aiohttp.ConnectionTimeoutError()
        ):
            trouble = "out_of_reach"
        case TimeoutError():
            return Uncertain(f"{code}.silent", AFTER_SILENCE)
        case _:
            return Uncertain(f"{code}.broken", AFTER_SILENCE)
    return RetryLater(f"{code}.{trouble}")


def trouble_in_french(code: str) -> str:
    """What to do about a server that did not answer, or sent us elsewhere; else empty."""
    return TROUBLES.get(code.rpartition(".")[2], "")


def read_status(response: HttpResponse, code: str) -> Failure:
    """What a response means that is no success."""
    if response.status >= 500:
        wait = retry_after(response)
        if response.status not in OWN_FAULTS:
            wait = max(wait or AFTER_SILENCE, AFTER_SILENCE)
        return Uncertain(f"{code}.{response.status}", wait)
    if response.status in NOT_NOW:
        return RetryLater(f"{code}.{response.status}", retry_after(response))
    if response.status in SETTINGS or response.status < 400:
        return RetryLater(f"{code}.{response.status}")
    return Refused(f"{code}.{response.status}")


def retry_after(response: HttpResponse) -> timedelta | None:
    """What the server asks for, in whole seconds; an hour at most."""
    asked = response.headers.get("Retry-After", "")
    if not asked.isdecimal():
        return None
    return min(timedelta(seconds=int(asked)), LONGEST_WAIT)
