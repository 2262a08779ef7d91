"""What GLPI's answers say: rows, what was added, its HTML as text, and its errors in French."""

import re
from collections.abc import Iterable
from html import escape, unescape
from typing import Any

from bot.connectors.glpi_api import GlpiError
from bot.domain.delivery import ConnectorResult, Delivered, Refused, Uncertain

TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
LINE_END = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>", re.IGNORECASE)
ENCODED_TAG = re.compile(r"(?:&lt;|&#60;|&#x3c;)[/!]?[a-z-]", re.IGNORECASE)


def plain(content: str) -> str:
    """What GLPI keeps as HTML, as text. GLPI 10 encodes what it keeps once more (`&#60;p&#62;`)."""
    is_encoded = not TAG.search(content) and ENCODED_TAG.search(content)
    html = unescape(content) if is_encoded else content
    return unescape(TAG.sub("", LINE_END.sub("\n", html))).strip()


def to_html(lines: Iterable[str]) -> str:
    return "<br>".join(escape(line) for line in lines)


def rows_of(said: Any) -> list[dict[str, Any]]:
    """The rows of a search: a list, or with some settings an object by id; none at all without."""
    rows = said.get("data") if isinstance(said, dict) else None
    if isinstance(rows, dict):
        return list(rows.values())
    return rows if isinstance(rows, list) else []


def read_added(said: Any) -> ConnectorResult:
    """One thing was added: `{"id": 15}`; of a list of which only a part was (207), the error's code
    and the results."""
    if isinstance(said, list) and said and isinstance(said[0], str):
        said = next((one for one in said if isinstance(one, list)), None)
    row = said[0] if isinstance(said, list) and said else said
    if not isinstance(row, dict) or "id" not in row:
        return Uncertain("glpi.unreadable")
    if not row["id"]:
        return Refused("glpi.not_added")
    return Delivered(str(row["id"]))


def in_french(error: GlpiError, url: str) -> str:
    match error.error:
        case "ERROR_GLPI_LOGIN_USER_TOKEN" | "ERROR_GLPI_LOGIN":
            return "GLPI refuse GLPI_USER_TOKEN : copiez le jeton d'API de l'utilisateur."
        case "ERROR_WRONG_APP_TOKEN_PARAMETER" | "ERROR_APP_TOKEN_PARAMETERS_MISSING":
            return "GLPI refuse GLPI_APP_TOKEN : copiez celui du client d'API dans GLPI."
        case "ERROR_NOT_ALLOWED_IP":
            return "GLPI n'accepte pas l'adresse de cette machine : ajoutez-la au client d'API."
        case "ERROR_RIGHT_MISSING":
            return "L'utilisateur d'API de GLPI n'a pas les droits sur les tickets."
        case _:
            return f"GLPI ne répond pas comme attendu à {url} ({error.failure.code})."
