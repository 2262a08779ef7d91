"""Zammad's REST API: calls with an agent's token, and what its answers mean.

Read in its documentation (docs.zammad.org) and its source; never run against a real one. A search
with a condition is answered by the database, one with a query by an index that is minutes late
(`CanSearch.search`): only conditions are used. A merge moves the articles, which keep their
numbers; in the history they stay where they were written (`Ticket#merge_to`, `History`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.connectors import ConnectorError, Failure
from bot.connectors.http import (
    HttpClient,
    HttpResponse,
    read_failure,
    read_status,
    trouble_in_french,
)
from bot.domain.delivery import Refused, RetryLater, Uncertain

ZAMMAD = "zammad"
PAGE = 100  # tickets of one search
MERGED = "merged"
LONGEST_CHAIN = 10
"""Merges that follow one another, as far as they are followed."""
UNPROCESSABLE = 422
"""A group that does not exist, a mandatory field of theirs, a rule: somebody mends it there."""


class ZammadError(ConnectorError):
    """A call did not succeed; 0 where there was no answer, and what Zammad said about it."""

    def __init__(self, failure: Failure, status: int = 0, said: str = "") -> None:
        super().__init__(failure)
        self.status, self.said = status, said

    @property
    def is_of_one_ticket(self) -> bool:
        """Not to be seen, not there any more, or too long to be read: others may be well."""
        return self.status in (200, 403, 404)


@dataclass(frozen=True, slots=True)
class Merge:
    """Where a ticket has gone, and when, by Zammad's clock."""

    target: str
    at: str


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """The articles that were written on a ticket itself, and its own merge into another one."""

    articles: frozenset[str]
    merge: Merge | None


@dataclass(slots=True, kw_only=True)
class ZammadApi:
    """Calls one Zammad with one agent's token."""

    url: str
    token: str
    client: HttpClient
    _me: Mapping[str, Any] = field(default_factory=dict)

    async def get(self, path: str) -> Any:
        return await self._call("GET", path, None)

    async def post(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("POST", path, given)

    async def put(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("PUT", path, given)

    async def my_id(self) -> int:
        if not self._me:
            self._me = await self.get("users/me?expand=true")
        return int(self._me["id"])

    async def tickets(self, name: str, operator: str, value: Any) -> list[Mapping[str, Any]]:
        """The tickets for which a condition holds, those that may be seen; the database says it."""
        condition = {name: {"operator": operator, "value": value}}
        path = f"tickets/search?expand=true&limit={PAGE}"
        rows = await self._call("POST", path, {"condition": condition}, changes=False)
        return rows if isinstance(rows, list) else []

    async def ticket(self, their_id: str) -> Mapping[str, Any]:
        row: Mapping[str, Any] = await self.get(f"tickets/{their_id}?expand=true")
        return row

    async def live_ticket(self, their_id: str) -> Mapping[str, Any]:
        """The ticket, or the one that it was merged into."""
        row = await self.ticket(their_id)
        for _ in range(LONGEST_CHAIN):
            if row["state"] != MERGED or not (merge := (await self.history(str(row["id"]))).merge):
                break
            row = await self.ticket(merge.target)
        return row

    async def articles(self, their_id: str) -> list[Mapping[str, Any]]:
        rows = await self.get(f"ticket_articles/by_ticket/{their_id}")
        return rows if isinstance(rows, list) else []

    async def history(self, their_id: str) -> TicketHistory:
        said = await self.get(f"ticket_history/{their_id}")
        merge, articles = None, set()
        for one in said["history"]:
            if one["type"] == "merged_into":
                merge = Merge(str(one["id_to"]), str(one["created_at"]))
            elif one["type"] == "created" and one["object"] == "Ticket::Article":
                articles.add(str(one["o_id"]))
        return TicketHistory(frozenset(articles), merge)

    async def state_types(self) -> Mapping[str, str]:
        """The kind of each state: « open », also for one « en cours » that was added there."""
        rows = await self.get("ticket_states?expand=true")
        return {str(one["name"]): str(one.get("state_type") or one["name"]) for one in rows}

    async def _call(
        self, method: str, path: str, given: Mapping[str, Any] | None, *, changes: bool = True
    ) -> Any:
        headers = {
            "Authorization": f"Token token={self.token}",
            "Content-Type": "application/json",
        }
        url = f"{self.url.rstrip('/')}/api/v1/{path}"
        body = None if given is None else json.dumps(given).encode()
        try:
            answer = await self.client.call(method, url, headers=headers, body=body)
        except (aiohttp.ClientError, OSError) as error:
            raise self._error(read_failure(error, ZAMMAD), body and changes) from None
        try:
            said = json.loads(answer.body or b"null")
        except ValueError:
            said = None
            if answer.is_good:
                failure = Uncertain(f"{ZAMMAD}.no_json")
                raise self._error(failure, body and changes, answer) from None
        if not answer.is_good:
            words = str(said.get("error") or "") if isinstance(said, dict) else ""
            raise self._error(read_status(answer, ZAMMAD), body and changes, answer, words)
        return said

    def _error(
        self,
        failure: Failure,
        changes: object,
        answer: HttpResponse | None = None,
        said: str = "",
    ) -> ZammadError:
        """Where nothing was to be changed there, there is no doubt to clear up."""
        status = answer.status if answer else 0
        settings = isinstance(failure, Refused) and status == UNPROCESSABLE
        if settings or (not changes and not isinstance(failure, RetryLater)):
            failure = RetryLater(failure.code)
        return ZammadError(failure, status, said)


_PAGE = (
    "L'adresse ne répond pas comme Zammad : ZAMMAD_URL est celle de sa page d'accueil, sans "
    "/api/v1."
)
_CAUSES = {
    "api token access disabled": (
        "L'accès par jeton est fermé dans Zammad : Paramètres > Système > API."
    ),
    "maintenance mode enabled": "Zammad est en maintenance : les demandes partiront après.",
    "401": (
        "Zammad refuse ZAMMAD_TOKEN : copiez de nouveau le jeton (profil de l'utilisateur > Accès "
        "par jeton), et vérifiez qu'il n'a pas expiré et que le compte est actif."
    ),
    "403": (
        "Le jeton ZAMMAD_TOKEN ne suffit pas : recréez-le avec la permission ticket.agent, pour un "
        "utilisateur qui a le rôle Agent."
    ),
    "200": _PAGE,
    "404": _PAGE,
}
"""By what Zammad says, else by the status of its answer."""


def cause_in_french(error: ZammadError, url: str) -> str:
    """What the operator does about an error, in one sentence."""
    if trouble := trouble_in_french(error.failure.code):
        return f"{url} : {trouble}"
    unknown = f"Zammad ne répond pas comme attendu à {url} ({error.failure.code})."
    return _CAUSES.get(error.said.lower().rstrip("!"), _CAUSES.get(str(error.status), unknown))
