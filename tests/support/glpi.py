"""A strict stand-in for GLPI 10's `apirest.php`, over HTTP: its REST documentation and its source.

The user of the API is number 2, technicians are 3 and above; 0 is whoever wrote by mail.

What it does as GLPI does: a merge copies follow-ups and the merged ticket into another one, names
their source and deletes the ticket; deleted tickets are searched apart; solutions are no
follow-ups; sessions that get lost, App-Token and user token, fields it does not know dropped
without a word (and written down here), names and contents kept with `<`, `>` and `&` as numbered
entities and given back so, errors as `[code, sentence]` in its own language (`ERROR` alone where
the API is switched off), a page where it is in maintenance, for a list `[code, results]` and 207
for a part of it, a requester without a user kept where the address is one and left out without a
word where it is none, pages of 50, search options by number.
`faults` says what goes wrong next, before or after the call was carried out, `504_late` that it is
carried out when time has gone on; `stubborn` are the statuses that it will not take, without a
word.
"""

import json
import re
import ssl
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from aiohttp import web
from support.faults import LateCommits, fail

APP_TOKEN, USER_TOKEN = "app-token", "user-token"
TICKET_FIELDS = {
    "name",
    "content",
    "status",
    "type",
    "itilcategories_id",
    "entities_id",
    "urgency",
    "_groups_id_assign",
    "_users_id_requester",
    "_users_id_requester_notif",
}
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ENTITIES = {"&": "&#38;", "<": "&#60;", ">": "&#62;"}
FOLLOWUP_FIELDS = {"itemtype", "items_id", "content", "is_private"}
FIELDS = {"Ticket": TICKET_FIELDS, "ITILFollowup": FOLLOWUP_FIELDS}


@dataclass
class Glpi:
    """One GLPI and what is in it."""

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    followups: dict[int, dict[str, Any]] = field(default_factory=dict)
    solutions: dict[int, dict[str, Any]] = field(default_factory=dict)
    profile: dict[str, int] = field(
        default_factory=lambda: {"ticket": 138247, "followup": 15367, "itilcategory": 31}
    )
    is_off: bool = False
    takes_tokens: bool = True
    """Not where sign-in by token is off, the user inactive or without a profile: all one answer."""
    takes_this_address: bool = True
    entities: set[int] = field(default_factory=lambda: {0, 3})
    hidden: set[int] = field(default_factory=set)
    """Tickets of entities that the user of the API does not see."""
    groups: set[int] = field(default_factory=lambda: {5})
    is_in_maintenance: bool = False
    actors: list[dict[str, Any]] = field(default_factory=list)
    documents: set[tuple[str, int]] = field(default_factory=set)
    """Follow-ups and solutions that a document hangs on."""
    links: list[dict[str, int]] = field(default_factory=list)
    stubborn: set[int] = field(default_factory=set)
    categories: set[int] = field(default_factory=lambda: {12, 15})
    sessions: set[str] = field(default_factory=set)
    faults: deque[str] = field(default_factory=deque)
    refused: set[str] = field(default_factory=set)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    late: LateCommits = field(default_factory=LateCommits)
    silence: float = 5.0
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        app = web.Application()
        app.router.add_route("*", "/apirest.php/{tail:.*}", self._serve)
        app.router.add_route("*", "/old/{tail:.*}", self._moved)
        app.router.add_route("*", "/{tail:.*}", self._sign_in_page)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        line = "https://localhost" if context else "http://127.0.0.1"
        self.url = f"{line}:{self._runner.addresses[0][1]}/apirest.php"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def tick(self, seconds: float = 1) -> None:
        self.now += timedelta(seconds=seconds)
        self.late.do(self.now)

    def answer(
        self, ticket: int, words: str, *, private: bool = False, user: int = 3, html: str = ""
    ) -> int:
        """Somebody writes a follow-up in GLPI itself."""
        self.tick()
        row = {
            "itemtype": "Ticket",
            "items_id": ticket,
            "content": html or f"<p>{escape(words)}</p>",
            "is_private": int(private),
        }
        number = self._insert("ITILFollowup", row)
        self.followups[number]["users_id"] = user
        return number

    def solve(self, ticket: int, words: str, user: int = 3) -> None:
        """A technician adds a solution, which is how tickets are answered there."""
        self.tick()
        number, now = len(self.solutions) + 1, self._clock()
        row = {"id": number, "items_id": ticket, "users_id": user, "date_creation": now}
        self.solutions[number] = {**row, "content": f"<p>{escape(words)}</p>", "status": 2}
        self.set_status(ticket, 5)

    def change(self, followup: int, **changes: Any) -> None:
        """A technician corrects a follow-up, or makes it public."""
        self.tick()
        row = self.followups[followup]
        row |= {**changes, "date_mod": self._clock()}
        self.tickets[row["items_id"]]["date_mod"] = self._clock()

    def delete(self, ticket: int) -> None:
        self.tick()
        self.tickets[ticket] |= {"is_deleted": 1, "date_mod": self._clock()}

    def merge(self, ticket: int, target: int) -> None:
        """`Ticket::merge`: the whole ticket and its follow-ups become follow-ups of the target."""
        self.tick()
        whole = {"content": self.tickets[ticket]["content"], "is_private": 0, "users_id": 2}
        moved = [row for row in self.followups.values() if row["items_id"] == ticket]
        for row in [whole, *moved]:
            number = self._insert(
                "ITILFollowup",
                {
                    "itemtype": "Ticket",
                    "items_id": target,
                    "content": row["content"],
                    "is_private": row["is_private"],
                },
            )
            source = {"users_id": row["users_id"], "sourceitems_id": ticket}
            self.followups[number] |= source
        self.delete(ticket)

    def _commit(self, kind: str, given: dict[str, Any], asked_at: datetime) -> None:
        """What a proxy gave up on is done at last, under the date at which it was asked for."""
        now, self.now = self.now, asked_at
        self._insert(kind, given)
        self.now = now

    def set_status(self, ticket: int, status: int) -> None:
        self.tick()
        self.tickets[ticket] |= {"status": status, "date_mod": self._clock()}

    def _clock(self) -> str:
        return f"{self.now:%Y-%m-%d %H:%M:%S}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["tail"].strip("/")
        self.calls.append(f"{request.method} {path}")
        if request.method == "GET" and await request.read():
            return _error(400, "ERROR_BAD_ARRAY", "Le corps doit être vide")
        fault = self.faults.popleft() if self.faults and path != "initSession" else ""
        if fault.endswith("_late") and request.method == "POST":
            given, asked_at = (await request.json())["input"], self.now
            self.late.add(self.now, lambda: self._commit(path, given, asked_at))
        if fault.endswith(("_before", "_late")):
            return await self._fail(request, fault)
        if fault == "session_lost":
            self.sessions.clear()
        if self.is_in_maintenance:
            page = "<html>GLPI est en maintenance</html>"
            return web.Response(text=page, content_type="text/html")
        response = await self._route(request, path)
        return await self._fail(request, fault) if fault.endswith("_after") else response

    async def _sign_in_page(self, _request: web.Request) -> web.Response:
        """Any other address of GLPI is a page."""
        return web.Response(text="<html>GLPI - Authentification</html>", content_type="text/html")

    async def _moved(self, request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": f"/{request.match_info['tail']}"})

    async def _fail(self, request: web.Request, fault: str) -> web.Response:
        return await fail(request, fault, self.silence, '["ERROR_SQL", "Erreur inattendue"]')

    async def _route(self, request: web.Request, path: str) -> web.Response:
        if request.headers.get("App-Token") != APP_TOKEN:
            return _error(400, "ERROR_WRONG_APP_TOKEN_PARAMETER", "Jeton d'application invalide")
        if not self.takes_this_address:
            return _error(400, "ERROR_NOT_ALLOWED_IP", "Aucun client d'API pour votre adresse")
        if path == "initSession":
            given = request.headers.get("Authorization")
            if given != f"user_token {USER_TOKEN}" or not self.takes_tokens:
                return _error(401, "ERROR_GLPI_LOGIN_USER_TOKEN", "Jeton utilisateur invalide")
            session = f"session-{len(self.calls)}"
            self.sessions.add(session)
            return web.json_response({"session_token": session})
        if request.headers.get("Session-Token") not in self.sessions:
            return _error(401, "ERROR_SESSION_TOKEN_INVALID", "Jeton de session invalide")
        return await self._in_session(request, path)

    async def _in_session(self, request: web.Request, path: str) -> web.Response:
        if self.is_off:
            return _error(400, "ERROR", "API désactivée")
        parts = path.split("/")
        if request.method != "GET":
            return self._write(request, parts, (await request.json())["input"])
        match parts:
            case ["killSession"]:
                self.sessions.discard(request.headers["Session-Token"])
                return web.json_response(True)
            case ["getFullSession"]:
                return web.json_response({"session": {"glpiID": 2, "glpiname": "guichet"}})
            case ["getActiveProfile"]:
                return web.json_response({"active_profile": {"id": 4, **self.profile}})
            case ["getMyEntities"]:
                return web.json_response({"myentities": [{"id": one} for one in self.entities]})
            case ["search", "Ticket"]:
                return self._search(request)
            case ["Ticket" | "ITILCategory" | "Group" as kind, number]:
                return self._one(kind, int(number))
            case _:
                return self._page(request, self._rows(request, parts))

    def _one(self, kind: str, number: int) -> web.Response:
        is_unseen = kind == "Ticket" and number in self.hidden
        if is_unseen or (kind == "ITILCategory" and not self.profile["itilcategory"] & 1):
            return _error(403, "ERROR_RIGHT_MISSING", "Vous n'avez pas les droits requis")
        known = self.categories if kind == "ITILCategory" else self.groups
        rows = self.tickets if kind == "Ticket" else {one: {"id": one} for one in known}
        row = rows.get(number)
        if row is None:
            return _error(404, "ERROR_ITEM_NOT_FOUND", "Élément introuvable")
        return web.json_response(row)

    def _rows(self, request: web.Request, parts: list[str]) -> list[dict[str, Any]]:
        """`Ticket/1/ITILFollowup` and the like, or follow-ups by their source."""
        if parts == ["Ticket_Ticket"]:
            wanted = request.query["searchText[tickets_id_1]"]
            return [dict(one) for one in self.links if wanted in str(one["tickets_id_1"])]
        if parts == ["ITILFollowup"]:
            wanted = request.query["searchText[sourceitems_id]"]
            return [row for row in self.followups.values() if wanted in str(row["sourceitems_id"])]
        _, ticket, kind = parts
        if kind == "Document_Item":
            return [{"id": 1}] if (parts[0], int(ticket)) in self.documents else []
        if kind == "Ticket_User":
            return [one for one in self.actors if one["tickets_id"] == int(ticket)]
        rows = {"ITILFollowup": self.followups, "ITILSolution": self.solutions}[kind]
        return [row for row in rows.values() if row["items_id"] == int(ticket)]

    def _write(self, request: web.Request, parts: list[str], given: Any) -> web.Response:
        if request.method == "POST" and parts[0] == "Ticket_Ticket":
            self.links.append(given)
            return web.json_response({"id": len(self.links), "message": ""}, status=201)
        if request.method == "POST" and parts[0] in FIELDS:
            return self._add(parts[0], given)
        return self._update(int(parts[1]), given)

    def _add(self, kind: str, given: Any) -> web.Response:
        if isinstance(given, list):
            added = [self._result(kind, one) for one in given]
            failed = sum(one["id"] is False for one in added)
            if failed == len(added):
                return _error(400, "ERROR_GLPI_ADD", added)
            if failed:
                return _error(207, "ERROR_GLPI_PARTIAL_ADD", added)
            return web.json_response(added, status=201)
        result = self._result(kind, given)
        if result["id"] is False:
            return _error(400, "ERROR_GLPI_ADD", result["message"])
        return web.json_response(result, status=201)

    def _result(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        right = "ticket" if kind == "Ticket" else "followup"
        gone = {n for n, row in self.tickets.items() if row["is_deleted"]}
        there = self.tickets.keys() - gone
        is_gone = kind == "ITILFollowup" and given["items_id"] not in there
        if is_gone or not self.profile.get(right, 0) & (4 | 4096):
            return {"id": False, "message": "Vous n'avez pas les droits requis"}
        return {"id": self._insert(kind, given), "message": ""}

    def _insert(self, kind: str, given: dict[str, Any]) -> int:
        taken = FIELDS[kind] - self.refused
        known = {name: value for name, value in given.items() if name in taken}
        self.dropped += [(kind, name) for name in given if name not in taken]
        if known.get("itilcategories_id") not in self.categories:
            known.pop("itilcategories_id", None)
        rows = self.tickets if kind == "Ticket" else self.followups
        number = len(rows) + 1
        kept = {name: _encoded(value) for name, value in known.items() if not name.startswith("_")}
        now = self._clock()
        rows[number] = {"id": number, "is_private": 0, **kept, "date_mod": now}
        rows[number] |= {"date_creation": now, "users_id": 2, "sourceitems_id": 0, "is_deleted": 0}
        if kind == "Ticket":
            self._add_requesters(number, known)
        if kind == "ITILFollowup":
            self.tickets[known["items_id"]]["date_mod"] = self._clock()
        return number

    def _update(self, number: int, given: dict[str, Any]) -> web.Response:
        if number not in self.tickets or not self.profile["ticket"] & 2:
            return _error(400, "ERROR_GLPI_UPDATE", None)
        taken = {} if given.get("status") in self.stubborn else given
        self.tickets[number] |= {**taken, "date_mod": self._clock()}
        return web.json_response([{str(number): True, "message": ""}])

    def _add_requesters(self, ticket: int, given: dict[str, Any]) -> None:
        """Users, or addresses to notify without one; an address that is none is left out."""
        notif = given.get("_users_id_requester_notif", {})
        users = given.get("_users_id_requester", [])
        for place, user in enumerate(users if isinstance(users, list) else [users]):
            address = str(next(iter(notif.get("alternative_email", [])[place:]), ""))
            if (not user and not address) or (address and not ADDRESS.fullmatch(address)):
                continue
            told = int(next(iter(notif.get("use_notification", [])[place:]), 1))
            row = {"users_id": user, "type": 1, "use_notification": told}
            row["alternative_email"] = address
            self.actors.append({"id": len(self.actors) + 1, "tickets_id": ticket, **row})

    def _search(self, request: web.Request) -> web.Response:
        query = request.query
        names = {"1": "name", "2": "id", "12": "status", "19": "date_mod", "21": "content"}
        name = names[query["criteria[0][field]"]]
        wanted, deleted = query["criteria[0][value]"], int(query.get("is_deleted", "0"))
        is_later = query["criteria[0][searchtype]"] == "morethan"
        found = [
            row
            for row in self.tickets.values()
            if row["is_deleted"] == deleted
            and row["id"] not in self.hidden
            and (str(row[name]) > wanted if is_later else wanted in str(row.get(name, "")))
        ]
        if query.get("sort") == "19":
            found.sort(key=lambda row: str(row["date_mod"]), reverse=query.get("order") == "DESC")
        asked = {"1", *(value for name, value in query.items() if name.startswith("forcedisplay"))}
        rows = [{n: row.get(names[n], "") for n in sorted(asked)} for row in found]
        return self._page(request, rows, search=True)

    def _page(
        self, request: web.Request, rows: list[dict[str, Any]], *, search: bool = False
    ) -> web.Response:
        first, last = map(int, re.findall(r"\d+", request.query.get("range", "0-49")))
        if first and first >= len(rows):
            return _error(400, "ERROR_RANGE_EXCEED_TOTAL", "La plage dépasse le total")
        page = rows[first : last + 1]
        status = 206 if len(page) < len(rows) else 200
        if not search:
            return web.json_response(page, status=status)
        said: dict[str, Any] = {"totalcount": len(rows), "count": len(page)}
        if page:
            said["data"] = page
        return web.json_response(said, status=status)


def _encoded(value: Any) -> Any:
    """As GLPI 10 keeps a text; one that is encoded already stays as it is."""
    if not isinstance(value, str) or not re.search(r"[<>]|&(?!#?\w+;)", value):
        return value
    return re.sub("[&<>]", lambda found: ENTITIES[found[0]], value)


def _error(
    status: int, code: str, words: Any, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps([code, words], ensure_ascii=False),
        content_type="application/json",
        headers=headers,
    )
