"""Who a browser is, whether a form is one of ours, and how much one of them may ask for.

The browser keeps a secret in a cookie; from it comes the token of its forms. Nothing is stored
before somebody writes: a crawler leaves no trace.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from hashlib import sha256
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from bot.background.rate_limit import RateLimit, TokenBucket
from bot.http_server import public_caller

SECRET: Final = re.compile(r"[\w-]{43}")
LASTS: Final = 30 * 24 * 3600  # seconds
SIZES: Final = ("100", "112", "125", "150", "200")
"""The steps of the text size, in percent, as they are shown."""

PER_BROWSER: Final = RateLimit(rate=20 / 60, burst=30)
PER_NETWORK: Final = RateLimit(rate=120 / 60, burst=120)
MOST_BUCKETS: Final = 10_000

HEADERS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
STRICT_TRANSPORT: Final = "max-age=31536000"


class Sessions:
    """Cookies and tokens of one desk; `url` is its public origin, empty on the loopback."""

    def __init__(self, url: str, proxies: tuple[str, ...] = ()) -> None:
        self._url = url
        self._proxies = frozenset(proxies)
        self._is_safe = urlsplit(url).scheme == "https"
        self.cookie = "__Host-guichet" if self._is_safe else "guichet"

    def secret_of(self, request: web.Request) -> str:
        """The secret that the browser showed, or a new one for it."""
        shown = request.cookies.get(self.cookie, "")
        return shown if SECRET.fullmatch(shown) else secrets.token_urlsafe(32)

    def token_of(self, secret: str) -> str:
        """What every form of this browser carries."""
        return hmac.new(secret.encode(), b"guichet form", sha256).hexdigest()

    def keep(self, response: web.StreamResponse, secret: str) -> None:
        """Lets the browser keep its secret."""
        self._set(response, self.cookie, secret)

    def keep_size(self, response: web.StreamResponse, size: int) -> None:
        self._set(response, "taille", str(size))

    def keep_token(self, response: web.StreamResponse, name: str, token: str, lasts: int) -> None:
        """A token that is good for so many seconds."""
        response.set_cookie(
            name, token, max_age=lasts, path="/", secure=True, httponly=True, samesite="Lax"
        )

    def forget(self, response: web.StreamResponse) -> None:
        response.del_cookie(self.cookie, path="/", secure=self._is_safe or None, httponly=True)

    def _set(self, response: web.StreamResponse, name: str, value: str) -> None:
        response.set_cookie(
            name,
            value,
            max_age=LASTS,
            path="/",
            secure=self._is_safe,
            httponly=True,
            samesite="Lax",
        )

    def add_headers(self, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if self._is_safe:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)

    def check_form(self, request: web.Request, secret: str, token: str) -> None:
        """Raises HTTPForbidden: the form comes from another site, or from another browser."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is None:
            own = self._url or f"http://{request.host}"
            is_ours = request.headers.get(hdrs.ORIGIN) == own
        else:
            is_ours = site in {"same-origin", "none"}
        if not (is_ours and hmac.compare_digest(token.encode(), self.token_of(secret).encode())):
            raise web.HTTPForbidden

    def network_of(self, request: web.Request) -> str:
        """The household or office that asks; empty for who is on this machine or its network."""
        peer = request.remote or ""
        said = request.headers.get("X-Forwarded-For", "")
        if peer in self._proxies and said:
            peer = said.rpartition(",")[2].strip()
        try:
            return public_caller(peer)
        except ValueError:
            return ""


class TurnLimits:
    """How many turns a browser and a network may take; lives in the event loop."""

    def __init__(
        self, per_browser: RateLimit = PER_BROWSER, clock: Callable[[], float] = monotonic
    ) -> None:
        self._per_browser = per_browser
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def wait_for(self, secret: str, network: str) -> float:
        """Takes a turn, or says how many seconds the next one is away."""
        named = [(secret, self._per_browser), *([(network, PER_NETWORK)] if network else [])]
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets = {key: one for key, one in self._buckets.items() if not one.is_full}
        buckets = [
            self._buckets.setdefault(name, TokenBucket(limit, self._clock)) for name, limit in named
        ]
        waits = [bucket.next_in() for bucket in buckets]
        if max(waits) > 0:
            return max(waits)
        for bucket in buckets:
            bucket.take()
        return 0.0


def size_of(request: web.Request) -> int:
    """The step of the text size that the browser keeps."""
    kept = request.cookies.get("taille", "")
    return int(kept) if kept in {"0", "1", "2", "3", "4"} else 0
