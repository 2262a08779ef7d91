"""A strict stand-in for Zammad's REST API, over HTTP: its documentation and its source.

User 2 is the token's, technicians are 3 and above, customers 50 and above. As Zammad does: a search
with a query is answered by an index that is late, one with a condition by the database; a merge
moves the articles, which keep their numbers, and leaves « merged » behind, by an agent and public;
the history says where each article was written; rights are by group, and what may not be seen is
403 and in no search; a ticket that is gone is 404; what it does not understand is 422; a pending
state wants a time; unknown fields are dropped without a word (and written down here).
`faults` says what goes wrong next; what is `late` is carried out when its time has come.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from aiohttp import web
from support.faults import LateCommits, fail

TOKEN = "zammad-token"
ME, CUSTOMERS = 2, 50
INDEX_IS_LATE = timedelta(minutes=5)
TYPES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "pending close": "pending action",
    "closed": "closed",
    "merged": "merged",
    "en cours": "open",
}
TICKET_FIELDS = {"title", "group", "customer", "customer_id", "article", "state", "pending_time"}
ARTICLE_FIELDS = {"ticket_id", "subject", "body", "content_type", "type", "internal"}


class RefusalError(Exception):
    """A status and the error that goes with it."""


@dataclass
class Zammad:
    """One Zammad and what is in it."""

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: dict[int, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    rights: dict[str, list[str]] = field(
        default_factory=lambda: {"Support": ["full"], "Retraites": ["read", "create", "change"]}
    )
    groups: set[str] = field(default_factory=lambda: {"Support", "Retraites", "Ailleurs"})
    permissions: set[str] = field(default_factory=lambda: {"ticket.agent"})
    users: dict[int, str] = field(default_factory=lambda: {2: "guichet", 51: "guichet@peps.fr"})
    stubborn: set[str] = field(default_factory=set)
    closed_for: str = ""
    """Why nobody is let in: « API token access disabled! », « Maintenance mode enabled! »."""
    faults: deque[str] = field(default_factory=deque)
    late: LateCommits = field(default_factory=LateCommits)
    dropped: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    silence: float = 5.0
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def tick(self, seconds: float = 1) -> None:
        """Time goes on; what was late is done."""
        self.now += timedelta(seconds=seconds)
        self.late.do(self.now)

    def answer(
        self,
        ticket: int,
        words: str,
        *,
        private: bool = False,
        user: int = 3,
        html: str = "",
        sender: str = "",
        files: tuple[str, ...] = (),
    ) -> int:
        """Somebody writes an article in Zammad itself, or Zammad does (`sender` System)."""
        self.tick()
        given = {
            "body": html or f"<p>{escape(words)}</p>",
            "content_type": "text/html",
            "internal": private,
        }
        sender = sender or ("Customer" if user >= CUSTOMERS else "Agent")
        number = self._write(ticket, given, user, sender)
        self.articles[number]["attachments"] = [{"id": 1, "filename": one} for one in files]
        return number

    def change(self, article: int, **changes: Any) -> None:
        """A technician makes an article public or internal."""
        self.tick()
        self.articles[article] |= changes
        self._touch(self.articles[article]["ticket_id"])

    def change_ticket(self, ticket: int, **changes: Any) -> None:
        self.tick()
        self.tickets[ticket] |= changes
        self._touch(ticket)

    def delete(self, ticket: int) -> None:
        self.tick()
        del self.tickets[ticket]
        for number in [n for n, one in self.articles.items() if one["ticket_id"] == ticket]:
            del self.articles[number]

    def merge(self, ticket: int, target: int, user: int = 3) -> None:
        """`Ticket#merge_to`."""
        self.tick()
        for article in self.articles.values():
            if article["ticket_id"] == ticket:
                article |= {"ticket_id": target, "updated_at": self._clock()}
        self._remember(ticket, "merged_into", "Ticket", ticket, id_to=target, id_from=ticket)
        self._remember(target, "received_merge", "Ticket", target, id_to=target, id_from=ticket)
        self._write(ticket, {"body": "merged", "internal": False}, user, "Agent")
        self.tickets[ticket]["state"] = "merged"
        self._touch(ticket)
        self._touch(target)

    def _clock(self) -> str:
        return f"{self.now:%Y-%m-%dT%H:%M:%S}.000Z"

    def _touch(self, ticket: int) -> None:
        self.tickets[ticket]["updated_at"] = self._clock()

    def _remember(self, ticket: int, kind: str, item: str, number: int, **ids: int) -> None:
        row = {"type": kind, "object": item, "o_id": number, "created_at": self._clock(), **ids}
        self.history.append({"ticket": ticket, **row})

    def _write(self, ticket: int, given: dict[str, Any], user: int, sender: str) -> int:
        number = len(self.articles) + 100
        now = self._clock()
        row = {"id": number, "ticket_id": ticket, "created_by_id": user, "sender": sender}
        kept = {"content_type": "text/plain", "type": "note", "attachments": [], **given}
        self.articles[number] = {**kept, **row, "created_at": now, "updated_at": now}
        self._remember(ticket, "created", "Ticket::Article", number)
        self._touch(ticket)
        return number

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["tail"].removeprefix("api/v1/")
        self.calls.append(f"{request.method} {path}")
        fault = self.faults.popleft() if self.faults and path != "users/me" else ""
        given = await request.json() if request.can_read_body else {}
        if fault.endswith("_late"):
            self.late.add(self.now, lambda: self._answer(request, path, given))
        elif not fault.endswith("_before"):
            response = self._answer(request, path, given)
            if not fault:
                return response
        return await fail(request, fault, self.silence, '{"error": "Error ID x"}')

    def _answer(self, request: web.Request, path: str, given: Any) -> web.Response:
        try:
            self._let_in(request, path)
            if request.method == "GET":
                said = self._read(path.split("/"), request)
            else:
                said = self._change(request, path.split("/"), given)
        except RefusalError as refusal:
            status, words = refusal.args
            return web.json_response({"error": words}, status=status)
        is_new = request.method == "POST" and not path.endswith("search")
        return web.json_response(said, status=201 if is_new else 200)

    def _let_in(self, request: web.Request, path: str) -> None:
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            raise RefusalError(401, "Can't find User for Token")
        if self.closed_for:
            raise RefusalError(403, self.closed_for)
        if path != "users/me" and "ticket.agent" not in self.permissions:
            raise RefusalError(403, "Not authorized")

    def _read(self, parts: list[str], request: web.Request) -> Any:
        match parts:
            case ["users", "me"]:
                return {"id": ME, "login": "guichet", "groups": self.rights}
            case ["ticket_states"]:
                return [{"name": name, "state_type": kind} for name, kind in TYPES.items()]
            case ["tickets", "search"]:
                return self._search(request, {})
            case ["tickets", number]:
                return self._ticket(number, "read")
            case ["ticket_articles", "by_ticket", number]:
                ticket = self._ticket(number, "read")["id"]
                return [one for one in self.articles.values() if one["ticket_id"] == ticket]
            case ["ticket_history", number]:
                ticket = self._ticket(number, "read")["id"]
                rows = [one for one in self.history if one["ticket"] == ticket]
                return {"history": rows, "assets": {}}
        raise RefusalError(404, "No route matches")

    def _change(self, request: web.Request, parts: list[str], given: Any) -> Any:
        match parts:
            case ["tickets", "search"]:
                return self._search(request, given)
            case ["tickets"]:
                return self._create(given)
            case ["ticket_articles"]:
                self._ticket(given["ticket_id"], "change")
                return self.articles[
                    self._write(given["ticket_id"], self._kept(given), ME, "Agent")
                ]
            case ["tickets", number]:
                return self._update(self._ticket(number, "change"), given)
        raise RefusalError(404, "No route matches")

    def _may(self, group: str, right: str) -> bool:
        given = self.rights.get(group, [])
        return "full" in given or right in given

    def _ticket(self, number: Any, right: str) -> dict[str, Any]:
        row = self.tickets.get(int(number))
        if row is None:
            raise RefusalError(404, f"Couldn't find Ticket with 'id'={number}")
        if not self._may(row["group"], right):
            raise RefusalError(403, "Not authorized")
        return row

    def _kept(self, given: dict[str, Any]) -> dict[str, Any]:
        self.dropped += [name for name in given if name not in ARTICLE_FIELDS]
        return {name: value for name, value in given.items() if name in ARTICLE_FIELDS}

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        self.dropped += [name for name in given if name not in TICKET_FIELDS]
        if given.get("group") not in self.groups:
            raise RefusalError(422, "Error ID x: Please contact your administrator.")
        if not self._may(given["group"], "create"):
            raise RefusalError(403, "Not authorized")
        number, now = len(self.tickets) + 1, self._clock()
        row = {name: given[name] for name in ("title", "group")}
        row |= {"id": number, "number": f"22{number:03}", "state": "new", "created_at": now}
        self.tickets[number] = {**row, "customer_id": self._customer(given), "updated_at": now}
        self._write(number, self._kept(given["article"]), ME, "Agent")
        return self.tickets[number]

    def _customer(self, given: dict[str, Any]) -> int:
        """By number, by login, or `guess:` an address, which makes a user."""
        if isinstance(given.get("customer_id"), int):
            return int(given["customer_id"])
        login = str(given.get("customer") or given.get("customer_id", ""))
        guessed = login.startswith("guess:")
        login = login.removeprefix("guess:")
        known = {name: number for number, name in self.users.items()}
        if login not in known and not guessed:
            raise RefusalError(422, f"No lookup value found for 'customer': {login!r}")
        number = known.get(login, CUSTOMERS + len(self.users))
        self.users[number] = login
        return number

    def _update(self, row: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        if given.get("state") not in TYPES:
            raise RefusalError(422, "No lookup value found for 'state'")
        if given["state"].startswith("pending") and not given.get("pending_time"):
            raise RefusalError(422, "Missing required value for field 'pending_time'!")
        if given["state"] not in self.stubborn:
            row |= given
        self._touch(row["id"])
        return row

    def _search(self, request: web.Request, given: Any) -> list[dict[str, Any]]:
        """By the late index (`query`), or by the database (`condition`); newest first."""
        if "query" in request.query:
            return [one for one in self._visible() if self._is_indexed(one, request.query["query"])]
        ((name, rule),) = given["condition"].items()
        match name, rule["operator"]:
            case "ticket.id", "is":
                wanted = {int(one) for one in rule["value"]}
            case "article.body", "contains":
                found = (one for one in self.articles.values() if rule["value"] in one["body"])
                wanted = {one["ticket_id"] for one in found}
            case _:
                raise RefusalError(500, "invalid selector")
        rows = [one for one in self._visible() if one["id"] in wanted]
        return rows[: int(request.query.get("limit", 50))]

    def _visible(self) -> list[dict[str, Any]]:
        rows = [one for one in self.tickets.values() if self._may(one["group"], "read")]
        return sorted(rows, key=lambda one: str(one["updated_at"]), reverse=True)

    def _is_indexed(self, row: dict[str, Any], query: str) -> bool:
        is_late = datetime.fromisoformat(row["created_at"]) > self.now - INDEX_IS_LATE
        return not is_late and query.strip('"') in json.dumps(row)
