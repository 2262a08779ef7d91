"""The line to GLPI: a session on `apirest.php`, and what its answers mean.

Errors are JSON arrays, `["ERROR_CODE", "a sentence in the server's language"]`: only the code is
read. A session is lost now and then (401): the call was not carried out, so it is made again on a
new one, once.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.connectors import Failure
from bot.connectors.http import HttpClient, HttpResponse, read_failure, read_status
from bot.domain.delivery import Refused, RetryLater

CODE = "glpi"
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


class GlpiError(Exception):
    """A call did not succeed; `failure` says whether it may have been carried out."""

    def __init__(self, failure: Failure, error: str = "") -> None:
        super().__init__(failure.code)
        self.failure = failure
        self.error = error


@dataclass(slots=True, kw_only=True)
class GlpiLine:
    """Calls one GLPI with one user's token; opens a session when there is none."""

    url: str
    app_token: str
    user_token: str
    client: HttpClient
    _session: str = ""
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """What a GET gives, as JSON."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return await self._call("GET", asked, None)

    async def post(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("POST", path, {"input": given})

    async def put(self, path: str, given: Mapping[str, Any]) -> Any:
        return await self._call("PUT", path, {"input": given})

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
        raise GlpiError(RetryLater(f"{CODE}.session"), "ERROR_SESSION_TOKEN_INVALID")

    async def _open(self) -> str:
        async with self._opening:
            if not self._session:
                headers = {"Authorization": f"user_token {self.user_token}"}
                answer = await self._send("GET", "initSession", None, "", headers)
                said = _json(answer) if answer.is_good else None
                if not isinstance(said, dict) or "session_token" not in said:
                    error = _error(answer)
                    raise GlpiError(RetryLater(f"{CODE}.{error or answer.status}"), error)
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
            failure = read_failure(error, CODE)
            # Opening a session or reading changes nothing there: there is no doubt to clear up.
            raise GlpiError(RetryLater(failure.code) if body is None else failure) from None


def _json(answer: HttpResponse) -> Any:
    try:
        return json.loads(answer.body or b"null")
    except ValueError:
        raise GlpiError(read_status(HttpResponse(500, answer.headers, b""), CODE)) from None


def _error(answer: HttpResponse) -> str:
    """The code of `["ERROR_CODE", "…"]`; empty for anything else."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return ""
    code = said[0] if isinstance(said, list) and said else ""
    return code if isinstance(code, str) and code.startswith("ERROR_") else ""


def _meaning(answer: HttpResponse, error: str) -> Failure:
    if error in OUR_SETTINGS:
        return RetryLater(f"{CODE}.{error}")
    failure = read_status(answer, CODE)
    return Refused(f"{CODE}.{error}") if error and isinstance(failure, Refused) else failure
