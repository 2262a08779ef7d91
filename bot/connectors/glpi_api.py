"""GLPI's REST API: a session on `apirest.php`, and what its answers mean.

Errors are JSON arrays, `["ERROR_CODE", "a sentence in the server's language"]`: only the code is
read. A session is lost now and then (401): the call was not carried out, so it is made again on a
new one, once.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.connectors import ConnectorError, Failure
from bot.connectors.http import HttpClient, HttpResponse, read_failure, read_status
from bot.connectors.ticket_text import ends_with_key
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain

GLPI = "glpi"
GLPI_PAGE = 50
ID, CONTENT = 2, 21
"""Numbers of GLPI's search options for tickets."""
REQUESTER = 1
"""The kind of actor that asked for a ticket."""
NO_JSON = "no_json"
"""A page came instead of an answer: maintenance, or another address than the API's."""
SESSION_LOST = ("ERROR_SESSION_TOKEN_INVALID", "ERROR_SESSION_TOKEN_MISSING")
OUR_SETTINGS = (
    "ERROR_APP_TOKEN_PARAMETERS_MISSING",
    "ERROR_WRONG_APP_TOKEN_PARAMETER",
    "ERROR_NOT_ALLOWED_IP",
    "ERROR_LOGIN_PARAMETERS_MISSING",
    "ERROR_GLPI_LOGIN",
    "ERROR_GLPI_LOGIN_USER_TOKEN",
    "ERROR_RIGHT_MISSING",
)
"""What somebody has to put right in the settings, here or in GLPI: nothing is given up for it."""
CONTENT_FAULTS = (
    "ERROR_BAD_ARRAY",
    "ERROR_JSON_PAYLOAD_INVALID",
    "ERROR_JSON_PAYLOAD_FORBIDDEN",
)
"""What no waiting mends: the content itself is refused."""


class GlpiError(ConnectorError):
    """A call did not succeed; `error` is GLPI's own code, empty where it gave none."""

    def __init__(self, failure: Failure, error: str = "") -> None:
        super().__init__(failure)
        self.error = error


@dataclass(slots=True, kw_only=True)
class GlpiApi:
    """Calls one GLPI with one user's token; opens a session when there is none."""

    url: str
    app_token: str
    user_token: str
    client: HttpClient
    _session: str = ""
    _my_id: str = ""
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """What a GET gives, as JSON."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return await self._call("GET", asked, None)

    async def post(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("POST", path, {"input": given})

    async def put(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("PUT", path, {"input": given})

    async def rows(
        self,
        path: str,
        query: Mapping[str, str | int],
        is_wanted: Callable[[Mapping[str, Any]], bool] = lambda _row: True,
    ) -> list[dict[str, Any]]:
        """The wanted rows of a list, page by page, as long as whole pages are wanted."""
        found: list[dict[str, Any]] = []
        while True:
            page = {**query, "range": f"{len(found)}-{len(found) + GLPI_PAGE - 1}"}
            try:
                rows = rows_of(await self.get(path, page))
            except GlpiError as error:
                if error.error == "ERROR_RANGE_EXCEED_TOTAL":
                    return found
                raise
            wanted = list(filter(is_wanted, rows))
            found += wanted
            if len(wanted) < GLPI_PAGE:
                return found

    async def my_id(self) -> str:
        """The number of the user whose token is used."""
        if not self._my_id:
            said = await self.get("getFullSession")
            session = said.get("session", {}) if isinstance(said, dict) else {}
            self._my_id = str(session.get("glpiID") or "")
        return self._my_id

    async def close(self) -> None:
        """End the session, so that GLPI need not keep it."""
        if self._session:
            session, self._session = self._session, ""
            await self._send("GET", "killSession", None, session)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        for _ in range(2):
            session = await self._open()
            answer = await self._send(method, path, body, session)
            if answer.is_good:
                return _json(answer)
            error = _error(answer)
            if answer.status != 401 and error not in SESSION_LOST:
                raise GlpiError(_meaning(answer, error), error)
            if self._session == session:
                self._session = ""
        raise GlpiError(RetryLater(f"{GLPI}.session"), "ERROR_SESSION_TOKEN_INVALID")

    async def _open(self) -> str:
        async with self._opening:
            if not self._session:
                headers = {"Authorization": f"user_token {self.user_token}"}
                answer = await self._send("GET", "initSession", None, "", headers)
                said = _json(answer) if answer.is_good else None
                if not isinstance(said, dict) or "session_token" not in said:
                    error = _error(answer)
                    code = answer.status if error in ("", NO_JSON) else error
                    raise GlpiError(RetryLater(f"{GLPI}.{code}"), error)
                self._session = str(said["session_token"])
            return self._session

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        session: str,
        extra: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        headers = {"Content-Type": "application/json", "App-Token": self.app_token, **(extra or {})}
        if session:
            headers["Session-Token"] = session
        sent = None if body is None else json.dumps(body).encode()
        try:
            url = f"{self.url.rstrip('/')}/{path}"
            return await self.client.call(method, url, headers=headers, body=sent)
        except (aiohttp.ClientError, OSError) as error:
            failure = read_failure(error, GLPI)
            # Opening a session or reading changes nothing there: there is no doubt to clear up.
            raise GlpiError(RetryLater(failure.code) if body is None else failure) from None


def _json(answer: HttpResponse) -> Any:
    try:
        return json.loads(answer.body or b"null")
    except ValueError:
        raise GlpiError(Uncertain(f"{GLPI}.{NO_JSON}"), NO_JSON) from None


def _error(answer: HttpResponse) -> str:
    """The code of `["ERROR_CODE", "…"]` (« ERROR » alone where the API is off); else empty."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return NO_JSON
    code = said[0] if isinstance(said, list) and said else ""
    return code if isinstance(code, str) and code.startswith("ERROR") else ""


def _meaning(answer: HttpResponse, error: str) -> Failure:
    """Only a refusal of the content is final; rights and settings are given back some day."""
    failure = read_status(answer, GLPI)
    if error in OUR_SETTINGS:
        return RetryLater(f"{GLPI}.{error}")
    if error in ("", NO_JSON) or not isinstance(failure, Refused):
        return failure
    final = error in CONTENT_FAULTS
    return Refused(f"{GLPI}.{error}") if final else RetryLater(f"{GLPI}.{error}")


def rows_of(said: Any) -> list[dict[str, Any]]:
    """The rows of a list or of a search; those are a list, or with some settings an object by
    id, and missing where nothing was found."""
    rows = said.get("data") if isinstance(said, dict) else said
    if isinstance(rows, dict):
        return list(rows.values())
    return rows if isinstance(rows, list) else []


def read_added(said: Any) -> ConnectorResult:
    """One thing was added: `{"id": 15}`; a part of several (207): the code and the results."""
    if isinstance(said, list) and said and isinstance(said[0], str):
        said = next((one for one in said if isinstance(one, list)), None)
    row = said[0] if isinstance(said, list) and said else said
    if not isinstance(row, dict) or "id" not in row:
        return Uncertain("glpi.unreadable")
    if not row["id"]:
        return Refused("glpi.not_added")
    return Delivered(str(row["id"]))


async def tickets_of(api: GlpiApi, key: str) -> list[str]:
    """The numbers of the tickets whose description ends with our line, the oldest first, whatever
    became of their titles: one as a rule, two after a doubt that lasted too long."""
    query: dict[str, str | int] = {
        "criteria[0][field]": CONTENT,
        "criteria[0][searchtype]": "contains",
        "criteria[0][value]": key,
        "forcedisplay[0]": ID,
        "forcedisplay[1]": CONTENT,
        "range": f"0-{GLPI_PAGE - 1}",
    }
    rows = rows_of(await api.get("search/Ticket", query))
    ours = [str(row[str(ID)]) for row in rows if ends_with_key(row.get(str(CONTENT)), key)]
    return sorted(ours, key=int)


async def dropped_from(
    api: GlpiApi, their_id: str, given: Mapping[str, Any], reference: str
) -> tuple[str, ...]:
    """The names of what was given and is not there; empty where GLPI does not let us look.

    GLPI drops fields that it does not know or want without a word. What is missing makes nothing
    less delivered: it is told to the operator, who has a category or a right to put in order.
    """
    category = given.get("itilcategories_id")
    (email,) = given.get("_users_id_requester_notif", {}).get("alternative_email", [""])
    try:
        row = await api.get(f"Ticket/{their_id}")
        actors = rows_of(await api.get(f"Ticket/{their_id}/Ticket_User")) if email else []
    except GlpiError:
        return ()
    kept = row if isinstance(row, dict) else {}
    requesters = [actor for actor in actors if actor.get("type") == REQUESTER]
    notified = [unescape(str(actor.get("alternative_email"))) for actor in requesters]
    missing = {
        "title": f"[{reference}]" not in unescape(str(kept.get("name") or "")),
        "category": category is not None and str(kept.get("itilcategories_id")) != str(category),
        "requester_email": email and email not in notified,
    }
    return tuple(name for name, is_missing in missing.items() if is_missing)


async def status_of(api: GlpiApi, their_id: str) -> int | None:
    """Where the ticket stands over there: a status that GLPI does not want it drops as well, and
    what stands instead is no news of theirs."""
    try:
        row = await api.get(f"Ticket/{their_id}")
    except GlpiError:
        return None
    status = str(row.get("status")) if isinstance(row, dict) else ""
    return int(status) if status.isdecimal() else None
