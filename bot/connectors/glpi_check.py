"""What `guichet doctor` finds out about a GLPI: sign-in, rights, the numbers of the settings."""

from collections.abc import Mapping

from bot.connectors import unknown_paths
from bot.connectors.glpi_api import NO_JSON, GlpiApi, GlpiError
from bot.connectors.http import trouble_in_french
from knowledge.catalogue import Catalogue

RIGHTS = (
    ("ticket", 1 | 1024, "lire les tickets"),
    ("ticket", 4, "créer des tickets"),
    ("ticket", 2, "modifier les tickets"),
    ("followup", 1 | 8192, "lire les suivis"),
    ("followup", 4 | 2048 | 4096, "ajouter des suivis"),
)
"""What the user of the API needs: the right in the profile, its bits (one of them is enough), and
what it is for. GLPI 10, `CommonDBTM` and `ITILFollowup`: READ 1, UPDATE 2, CREATE 4."""
READ_CATEGORIES = ("itilcategory", 1, "lire les catégories ITIL (Intitulés, dans le profil)")
NUMBERED = {
    "entities_id": ("Entity", "entité"),
    "requesttypes_id": ("RequestType", "source de la demande"),
    "_groups_id_assign": ("Group", "groupe"),
}
"""What numbers of GLPI_TICKET stand for: the kind of thing over there, and its name in French."""

_SIGN_IN = (
    "GLPI refuse GLPI_USER_TOKEN : copiez le jeton d'API de l'utilisateur, et vérifiez qu'il est "
    "actif, qu'il a un profil, et que la connexion avec un jeton externe est permise "
    "(Configuration > Générale > API)."
)
_CLIENT = "GLPI refuse GLPI_APP_TOKEN : copiez celui du client d'API dans GLPI."
_PAGE = (
    "GLPI répond une page : il est en maintenance, ou GLPI_URL n'est pas l'adresse de son API. "
    "Vérifiez l'un et l'autre."
)
_CAUSES = {
    "ERROR": "L'API de GLPI est désactivée : Configuration > Générale > API.",
    "ERROR_GLPI_LOGIN_USER_TOKEN": _SIGN_IN,
    "ERROR_GLPI_LOGIN": _SIGN_IN,
    "ERROR_WRONG_APP_TOKEN_PARAMETER": _CLIENT,
    "ERROR_APP_TOKEN_PARAMETERS_MISSING": _CLIENT,
    "ERROR_NOT_ALLOWED_IP": (
        "GLPI n'accepte pas l'adresse de cette machine : ajoutez-la au client d'API."
    ),
    "ERROR_RIGHT_MISSING": "L'utilisateur d'API de GLPI n'a pas les droits sur les tickets.",
    NO_JSON: _PAGE,
}


async def find_faults(
    api: GlpiApi, catalogue: Catalogue, categories: Mapping[str, int], fields: Mapping[str, int]
) -> str | None:
    """What is wrong, in French sentences that say what to do; None where all is well."""
    faults = list(unknown_paths("GLPI_CATEGORIES", categories, catalogue))
    try:
        faults.append(await _fault_over_there(api, categories, fields))
    except GlpiError as error:
        faults.append(error_in_french(error, api.url))
    return " ".join(filter(None, faults)) or None


async def _fault_over_there(
    api: GlpiApi, categories: Mapping[str, int], fields: Mapping[str, int]
) -> str:
    if missing := await missing_rights(api, needs_categories=bool(categories)):
        return f"L'utilisateur d'API de GLPI n'a pas le droit de : {', '.join(missing)}."
    for path, number in categories.items():
        if not await _is_there(api, "ITILCategory", number):
            return f"GLPI n'a pas de catégorie {number} (GLPI_CATEGORIES, « {path} »)."
    for field, number in fields.items():
        kind, name = NUMBERED.get(field, ("", ""))
        if kind and not await _is_there(api, kind, number):
            return f"GLPI n'a pas, ou ne nous montre pas : {name} {number} (GLPI_TICKET)."
    return ""


async def missing_rights(api: GlpiApi, *, needs_categories: bool) -> tuple[str, ...]:
    """The names of the rights that the user lacks: what they are for, in French."""
    said = await api.get("getActiveProfile")
    profile = said.get("active_profile", {}) if isinstance(said, dict) else {}
    needed = (*RIGHTS, READ_CATEGORIES) if needs_categories else RIGHTS
    return tuple(name for right, bits, name in needed if not int(profile.get(right) or 0) & bits)


async def _is_there(api: GlpiApi, kind: str, number: int) -> bool:
    """Entities are those of the user; what may not be looked at is taken for there."""
    if kind == "Entity":
        said = await api.get("getMyEntities", {"is_recursive": 1})
        mine = said.get("myentities", []) if isinstance(said, dict) else []
        return any(str(one.get("id")) == str(number) for one in mine)
    try:
        await api.get(f"{kind}/{number}")
    except GlpiError as error:
        if error.error == "ERROR_ITEM_NOT_FOUND":
            return False
        if error.error != "ERROR_RIGHT_MISSING" or kind == "ITILCategory":
            raise
    return True


def error_in_french(error: GlpiError, url: str) -> str:
    """What the operator does about an error, in one sentence."""
    if trouble := trouble_in_french(error.failure.code):
        return f"{url} : {trouble}"
    if error.error in ("", NO_JSON) and not url.rstrip("/").endswith("apirest.php"):
        return f"GLPI_URL finit par apirest.php ; vérifiez-la : {url}"
    unknown = f"GLPI ne répond pas comme attendu à {url} ({error.failure.code}) : vérifiez-la."
    return _CAUSES.get(error.error, unknown)
