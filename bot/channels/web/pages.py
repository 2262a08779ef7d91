"""The pages of the channel and what is posted to them: what each route answers."""

import asyncio
import logging
import secrets
from base64 import b64decode
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.channels.web.conversation import View, WebConversations
from bot.channels.web.events import KEY, TurnForm
from bot.channels.web.nir_page import COOKIE as NIR_COOKIE
from bot.channels.web.nir_page import LASTS as NIR_LASTS
from bot.channels.web.nir_page import NirAsked, NirPages
from bot.channels.web.rendering import render_template, static_files
from bot.channels.web.sessions import SIZES, Sessions, TurnLimits, size_of
from bot.channels.web.stream import Streams
from bot.clock import Clock
from bot.conversation.questions import NIR_KINDS
from bot.domain.ticket import find_references
from bot.http_server import BODY_PATIENCE, Handler
from bot.logs import log_failure
from bot.storage.store import DatabaseThread

T = TypeVar("T")

log = logging.getLogger(__name__)

BESIDE_FILE: Final = 64 * 1024  # bytes of a form besides its file
LONGEST_NIR: Final = 200  # characters, whatever stands between the digits
DATABASE_PAUSE: Final = 10  # seconds
FRAGMENT: Final = "HX-Request"
KEPT: Final = "public, max-age=31536000, immutable"


class Pages:
    """Answers the routes of one desk; lives in the event loop, works in the database thread."""

    def __init__(
        self,
        app: App,
        db_thread: DatabaseThread,
        *,
        sessions: Sessions,
        limits: TurnLimits,
        clock: Clock,
    ) -> None:
        self._db_thread = db_thread
        self._sessions = sessions
        self._clock = clock
        self._conversations = WebConversations(app)
        self._nir_pages = NirPages(app)
        self._bot_link = app.helpdesk.config.bot_link
        self._limits = limits
        self._piece_bytes = app.settings.piece_bytes
        self._controller = app.settings.controller
        self.streams = Streams(self._conversations, db_thread, self._news, clock)

    def application(self) -> web.Application:
        made = web.Application(
            client_max_size=self._piece_bytes + BESIDE_FILE, middlewares=[self._guarded]
        )
        made.router.add_get("/", self.conversation, name="conversation")
        made.router.add_post("/tour", self.turn, name="turn")
        made.router.add_get("/suite", self.stream, name="stream")
        made.router.add_post("/taille", self.text_size, name="text_size")
        made.router.add_post("/oublier", self.forget, name="forget")
        made.router.add_get(r"/document/{line:\d{1,18}}", self.document, name="document")
        made.router.add_get("/demandes", self.tickets, name="tickets")
        made.router.add_get(r"/demande/{reference:[\w-]{1,40}}", self.ticket, name="ticket")
        piece = r"/piece/{reference:[\w-]{1,40}}/{number:\d{1,4}}"
        made.router.add_get(piece, self.attachment, name="attachment")
        for path, template in (
            ("/confidentialite", "confidentialite.html"),
            ("/aide", "aide.html"),
            ("/accessibilite", "accessibilite.html"),
        ):
            made.router.add_get(path, self._notice(template), name=template.partition(".")[0])
        made.router.add_get(r"/n/{token:[\w-]{22}}", self.nir_link, name="nir_link")
        made.router.add_get("/n", self.nir_page, name="nir_page")
        made.router.add_post("/n", self.nir_given, name="nir_given")
        made.router.add_get(r"/rejoindre/{code:[\w-]{1,40}}", self.joining, name="joining")
        made.router.add_get(r"/static/{name:[\w.-]{1,80}}", self.static, name="static")
        return made

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Strict headers for every answer, a page for every refusal, a line in the log."""
        began = monotonic()
        response: web.StreamResponse
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            is_way_on = refusal.status < 400
            response = refusal if is_way_on else self._refusal(request, refusal.status)
        except SQLAlchemyError as error:
            log_failure(log, "web", error)
            response = self._refusal(request, 503)
        except Exception as error:  # noqa: BLE001 -- its message may quote what somebody typed
            log_failure(log, "web", error)
            response = self._refusal(request, 500)
        if not response.prepared:
            self._sessions.add_headers(response)
        route = request.match_info.route.name or "-"
        spent = round((monotonic() - began) * 1000)
        log.info("%s %s %d %d ms", request.method, route, response.status, spent)
        return response

    async def _do(self, work: Callable[..., T], *given: Any) -> T:
        """Has something done in the database thread, as of now."""
        return await self._db_thread.do(work, *given, self._clock())

    async def conversation(self, request: web.Request) -> web.Response:
        """The whole conversation of this browser; nothing is stored for who only looks."""
        secret = self._sessions.secret_of(request)
        view = await self._do(self._conversations.page, secret)
        if not view.lines and not view.buttons:
            said = await self._do(self._conversations.said_about, ("start",))
        else:
            said = ()
        return self._page(request, "conversation.html", secret, view=view, opening=said)

    async def turn(self, request: web.Request) -> web.Response:
        """One turn; answered behind its commit, with the page's new lines or a way to them."""
        secret = self._sessions.secret_of(request)
        form = _turn_form(await self._own_form(request, secret))
        network = self._sessions.network_of(request)
        if wait := self._limits.wait_for(secret, network):
            return self._not_sent(request, form, secret, status=429, wait=ceil(wait))
        if form.is_empty:
            raise web.HTTPSeeOther("/#saisie")
        try:
            view = await self._take(secret, form)
        except SQLAlchemyError as error:
            log_failure(log, "web", error)
            return self._not_sent(request, form, secret, status=503, wait=DATABASE_PAUSE)
        if request.headers.get(FRAGMENT):
            content = render_template("tour.html", **self._values(request, secret), view=view)
            response = web.Response(text=content, content_type="text/html")
        else:
            place = f"m{view.lines[0].id}" if view.lines else "saisie"
            response = web.Response(status=303, headers={hdrs.LOCATION: f"/#{place}"})
        self._sessions.keep(response, secret)
        return response

    async def _take(self, secret: str, form: TurnForm) -> View:
        event = await self._do(self._conversations.event_of, secret, form)
        return await self._do(self._conversations.take, secret, form, event)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """What comes later, as server-sent events, for as long as the page is open."""
        secret = self._sessions.secret_of(request)
        address = await self._do(self._conversations.address_of, secret)
        seen = request.headers.get("Last-Event-ID") or request.query.get("vu", "")
        network = self._sessions.network_of(request)
        if address is None or not seen.isdecimal() or not self.streams.admits(network):
            return web.Response(status=204)  # an EventSource asks no more
        return await self.streams.serve(request, address, int(seen[:18]), secret, network)

    async def _news(self, address: str, after: int, secret: str) -> tuple[str, int]:
        """The part of a page that is new behind one of its lines, and the last line's number."""
        view = await self._do(self._conversations.news, address, after)
        values = {"csrf": self._sessions.token_of(secret), "cle": secrets.token_urlsafe(12)}
        return render_template("suite.html", **values, view=view), view.last

    async def text_size(self, request: web.Request) -> web.Response:
        posted = await self._own_form(request, self._sessions.secret_of(request))
        step = 1 if posted.get("sens") == "plus" else -1
        size = min(max(size_of(request) + step, 0), len(SIZES) - 1)
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        self._sessions.keep_size(response, size)
        return response

    async def forget(self, request: web.Request) -> web.Response:
        secret = self._sessions.secret_of(request)
        await self._own_form(request, secret)
        await self._db_thread.do(self._conversations.forget, secret)
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        self._sessions.forget(response)
        return response

    async def document(self, request: web.Request) -> web.Response:
        secret = self._sessions.secret_of(request)
        line_id = int(request.match_info["line"])
        found = await self._do(self._conversations.document, secret, line_id)
        if found is None:
            raise web.HTTPNotFound
        line, piece = found
        if line.kind == "document":
            return _download(str(line.content["name"]), b64decode(line.content["content"]))
        if piece is None:
            raise web.HTTPNotFound
        return _download(piece[0].name, piece[1])

    async def tickets(self, request: web.Request) -> web.Response:
        secret = self._sessions.secret_of(request)
        found = await self._do(self._conversations.tickets, secret)
        return self._page(request, "demandes.html", secret, tickets=found)

    async def ticket(self, request: web.Request) -> web.Response:
        secret = self._sessions.secret_of(request)
        reference = next(iter(find_references(request.match_info["reference"])), "")
        found = await self._do(self._conversations.ticket, secret, reference)
        if found is None:
            raise web.HTTPNotFound
        return self._page(request, "demande.html", secret, ticket=found)

    async def attachment(self, request: web.Request) -> web.Response:
        secret = self._sessions.secret_of(request)
        found = await self._do(
            self._conversations.attachment,
            secret,
            request.match_info["reference"],
            int(request.match_info["number"]),
        )
        if found is None:
            raise web.HTTPNotFound
        return _download(found[0].name, found[1])

    async def joining(self, request: web.Request) -> web.Response:
        """A code from another window: looking at it uses nothing up, its button is a turn."""
        secret = self._sessions.secret_of(request)
        return self._page(request, "rejoindre.html", secret, code=request.match_info["code"])

    async def nir_link(self, request: web.Request) -> web.Response:
        """The token leaves the address for a cookie; whether it is good shows behind."""
        response = web.Response(status=303, headers={hdrs.LOCATION: "/n"})
        self._sessions.keep_token(response, NIR_COOKIE, request.match_info["token"], NIR_LASTS)
        return response

    async def nir_page(self, request: web.Request) -> web.Response:
        token = request.cookies.get(NIR_COOKIE, "")
        asked = await self._do(self._nir_pages.asked, token)
        return self._nir(request, token, asked)

    async def nir_given(self, request: web.Request) -> web.Response:
        """A NIR: taken, or refused and shown again in its field alone."""
        token = request.cookies.get(NIR_COOKIE, "")
        posted = await self._own_form(request, token)
        typed = str(posted.get("nir", ""))[:LONGEST_NIR]
        try:
            asked = await self._do(self._nir_pages.give, token, typed)
        except LookupError:
            return self._nir(request, token, None)
        return self._nir(request, token, asked, typed=typed, done=asked is None)

    def _nir(
        self, request: web.Request, token: str, asked: NirAsked | None, **told: Any
    ) -> web.Response:
        values: dict[str, Any] = {"asked": asked, "typed": "", "done": False, **told}
        values |= {"back": self._bot_link.url, "token": self._sessions.token_of(token)}
        return self._page(request, "nir.html", self._sessions.secret_of(request), **values)

    async def static(self, request: web.Request) -> web.Response:
        found = static_files().get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        content, kind = found
        headers = {hdrs.CACHE_CONTROL: KEPT}
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)

    def _notice(self, template: str) -> Handler:
        commands = {
            "aide.html": ("panne", "telephone"),
            "confidentialite.html": ("confidentialite",),
        }

        async def answer(request: web.Request) -> web.StreamResponse:
            secret = self._sessions.secret_of(request)
            said = await self._db_thread.do(
                self._conversations.said_about, commands.get(template, ()), self._clock()
            )
            return self._page(request, template, secret, said=said)

        return answer

    async def _own_form(self, request: web.Request, secret: str) -> Any:
        """What was posted, if it is a form of ours that this browser was given."""
        try:
            async with asyncio.timeout(BODY_PATIENCE):
                posted = await request.post()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except ValueError:
            raise web.HTTPBadRequest from None
        self._sessions.check_form(request, secret, str(posted.get("csrf", "")))
        return posted

    def _values(self, request: web.Request, secret: str) -> dict[str, Any]:
        """What every page needs."""
        size = size_of(request)
        return {
            "csrf": self._sessions.token_of(secret),
            "cle": secrets.token_urlsafe(12),
            "size": size,
            "sizes": SIZES,
            "controller": self._controller,
            "path": request.path,
            "hidden_kinds": NIR_KINDS,
        }

    def _page(
        self, request: web.Request, template: str, secret: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        content = render_template(
            template, **self._values(request, secret), status=status, **values
        )
        response = web.Response(text=content, content_type="text/html", status=status)
        self._sessions.keep(response, secret)
        return response

    def _not_sent(
        self, request: web.Request, form: TurnForm, secret: str, *, status: int, wait: int
    ) -> web.Response:
        """The words stay in the field, under the same key; they may be sent again after `wait`."""
        response = self._page(
            request, "non-envoye.html", secret, status=status, form=form, wait=wait
        )
        response.headers[hdrs.RETRY_AFTER] = str(wait)
        return response

    def _refusal(self, request: web.Request, status: int) -> web.Response:
        secret = self._sessions.secret_of(request)
        return self._page(request, "erreur.html", secret, status=status)


def _download(name: str, content: bytes) -> web.Response:
    """A file to be saved: whatever it is, the browser runs nothing of it."""
    headers = {
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)


def _turn_form(posted: Any) -> TurnForm:
    key, file = str(posted.get("cle", "")), posted.get("fichier")
    if not KEY.fullmatch(key):
        raise web.HTTPBadRequest
    is_file = isinstance(file, web.FileField) and file.filename
    return TurnForm(
        key=key,
        words=str(posted.get("texte", "")),
        button=str(posted.get("bouton", "")),
        file_name=file.filename if is_file else "",
        file=file.file.read() if is_file else b"",
    )
