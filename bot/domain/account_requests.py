"""What administrators of accounts ask for in words: the commands, departures and absences.

« congés », « je suis absente du 20 décembre au 3 janvier », « passation », « Mme Lambert part le
31/12/26 », « finalement elle reste ». Names and dates among the words are read where the request
is carried out; here it is only told which request it is.
"""

import re
from typing import Final

from bot.domain.calendar_parts import MONTH_NAMES, WEEKDAYS
from bot.domain.short_replies import short_line

_WANT: Final = (
    r"(?:(?:comment|je (?:veux|voudrais|dois|souhaite)|il faut|puis[- ]je|peut[- ]on|pour) )*+"
)
_GREETING: Final = r"(?:(?:bonjour|bonsoir|svp|merci de noter|(?:a )?noter?z?)[ ,:]++)*+"
_PLEASE: Final = r"(?: (?:svp|stp|s'?il vous plait|merci))*+[ ?]*+"
_IMPORT: Final = re.compile(r"\bimport(?:er|e|ez)\b")
_OUR_ACCOUNTS: Final = re.compile(
    r"\b(?:comptes?|utilisateurs|administrateurs|registre)\b(?! (?:rendu|individuel|epargne))"
)
_OTHER_IMPORTS: Final = re.compile(r"\b(?:dsn|cir|rafp|paie)\b")
_INVITATION: Final = re.compile(
    r".*\b(?:lien|code) d'invitation\b"
    rf"|{_WANT}(?:j'|on )?invit(?:er?|ez|ons) (?:un|une|mon|ma|le|la|l'|mes)\b"
)
_NOUNS: Final = {
    "comptes": r"(?:voir |afficher )?(?:la |les? |mes |nos |mon )?(?:(?:liste|etat) des )?"
    r"(?:comptes?|registre|administrateurs|utilisateurs)(?: peps)?"
    r"|quels? (?:sont les )?comptes? (?:qui )?(?:vont expirer|va expirer|expirent"
    r"|(?:sont )?expires?)(?: bientot)?",
    "revue": rf"{_WANT}(?:faire |commencer |reprendre |continuer )?(?:la |une |ma )?"
    r"revue(?: (?:des|de mes|de nos) comptes)?|revoir (?:les|mes|nos) comptes",
    "inviter": r"invit(?:er|ation|ations)",
    "depart": rf"{_WANT}(?:(?:annoncer|signaler|declarer|preparer|faire|noter) )?"
    r"(?:(?:un|mon|le|ma|la|une) )?(?:depart|departs|passation|releve|successeur|succession)"
    r"|(?:je|on) (?:signale|declare) (?:mon|un) depart",
    "conges": rf"{_WANT}(?:(?:poser|declarer|signaler|noter|prendre) )?(?:(?:mes|mon|des|une?) )?"
    r"(?:conges?|vacances|absences?)",
    "importer": rf"{_WANT}import(?:er)?(?: (?:un|mon|le) fichier)?",
    "exporter": rf"{_WANT}export(?:er\b.*)?(?: (?:csv|xlsx|excel))?",
}
"""By command: the bare words that Telegram's menu teaches, and what stands around them."""
_BARE: Final = {
    name: re.compile(rf"{_GREETING}(?:{pattern}){_PLEASE}") for name, pattern in _NOUNS.items()
}

_DAY: Final = rf"(?:\d|demain|apres[- ]demain|premier|{'|'.join(WEEKDAYS)})"
_WHEN: Final = (
    rf"(?:a (?:partir|compter) |prevue? )?(?:(?:de|du|les?|entre(?: le)?|jusqu'(?:au?)?) )?{_DAY}"
    rf"|dans \d|en (?:{'|'.join(MONTH_NAMES)})|(?:toute )?la semaine prochaine"
)
_ABSENCE: Final = re.compile(
    rf"{_GREETING}(?:(?:je|j')(?: ?(?:pars|suis|serai|vais|etre|partir|pose|prends))+"
    r" (?:en (?:conges?|vacances)|absente?|mes conges|des conges)\b.{0,200}"
    r"|(?:je ne |je )(?:suis|serai) pas la (?:du|de|entre|le)\b.{0,100}"
    rf"|(?:mes |mon |en )?(?:conges?|vacances|absence|absente?)(?: d'ete| de noel| annuels)?[ ,:]++"
    rf"(?:{_WHEN}).{{0,100}})"
)
_NO_ABSENCE: Final = re.compile(
    rf"{_GREETING}(?:finalement[ ,]+)?(?:annul\w*|(?:je )?ne (?:pars|prends|suis) (?:pas|plus))"
    r" .{0,15}(?:conges?|vacances|absences?|absente?)\b.{0,30}"
)
_OWN_DEPARTURE: Final = re.compile(
    rf"{_GREETING}(?:je (?:pars|quitte|vais quitter|vais partir|m'en vais)\b.{{0,20}}"
    r"\b(?:mairie|commune|collectivite|poste|fonctions|service|etablissement|hopital|structure"
    r"|definitivement)\b.*|(?:je pars|mon depart(?: est)?|depart prevu|passation) "
    rf"(?:{_WHEN}).{{0,60}}|mon dernier jour\b.*)"
)
_OWN: Final = re.compile(
    r"\bje (?:ne )?(?:pars|quitte|partirai|reste|resterai|m'en vais|vais (?:partir|quitter))\b"
    r"|\bmon (?:depart|dernier jour|successeur)\b|\bma (?:passation|succession|releve)\b"
)
_LEAVES: Final = re.compile(
    r"\b(?:part|partira|partir|partie?s?|quittera?|quitter|quitte|depart|demission(?:ne)?|mutee?"
    r"|mutation|s'en (?:va|ira|aller)|(?:ne )?(?:travaille(?:ra)?|fait|est|sera) plus"
    r"|(?:prend|prendra) sa retraite|en retraite|a la retraite)\b"
)
_STAYS: Final = re.compile(
    r"\bannul\w* .{0,12}\bdepart\b|\bdepart\b.{0,20}\bannulee?\b|\bplus de depart\b"
    r"|\b(?:part|pars|partira|partirai|quitte|quittera)\w*+ (?:plus|pas)\b"
    r"|\brest(?:e|era|erai)\b(?! (?:a|de|encore|combien|des?|\d))|\breviens?\b|\brevient\b"
    r"|\breste(?:ra)? (?:a (?:la|son) (?:mairie|poste)|encore)\b"
)
_SOMEBODY_LEAVES: Final = re.compile(
    rf"{_GREETING}(?:il|elle|cette personne) (?:part|partira|quitte|est partie?|s'en va"
    rf"|ne travaille plus)(?: (?:chez nous|ici|depuis|la mairie))?(?: (?:{_WHEN}).{{0,40}})?"
)
_SOMEBODY_STAYS: Final = re.compile(
    rf"{_GREETING}(?:(?:finalement|en fait|non|erreur)[ ,:]++)*+"
    r"(?:(?:je|il|elle|on|cette personne)\b|annul\w* (?:le|ce|mon|son|un) depart\b"
    r"|(?:le|mon|son|ce) depart\b|plus de depart\b).{0,60}"
)


def account_command_of(text: str, *, administers: bool) -> str | None:
    """The command on accounts that a message amounts to, without its slash."""
    words = short_line(text)
    is_short = len(words.split()) <= 12  # whoever writes more is answered by the help
    is_import = is_short and _IMPORT.search(words) and _OUR_ACCOUNTS.search(words)
    if is_import and not _OTHER_IMPORTS.search(words):
        return "importer"
    if is_short and _INVITATION.match(words):
        return "inviter"
    if not administers:
        return None
    if _ABSENCE.fullmatch(words) or _NO_ABSENCE.fullmatch(words):
        return "conges"
    stays = _SOMEBODY_STAYS.fullmatch(words) and _STAYS.search(words)
    if stays or _OWN_DEPARTURE.fullmatch(words) or _SOMEBODY_LEAVES.fullmatch(words):
        return "depart"
    return next((name for name, noun in _BARE.items() if noun.fullmatch(words)), None)


def tells_departure(text: str) -> bool:
    """« Rose Lambert part le 31 décembre », « M. Haddad ne travaille plus chez nous »."""
    return _LEAVES.search(short_line(text)) is not None or takes_departure_back(text)


def takes_departure_back(text: str) -> bool:
    """« annuler le départ de Rose Lambert », « finalement elle reste », « il ne part plus »."""
    return _STAYS.search(short_line(text)) is not None


def names_who_is_shown(text: str) -> bool:
    """« elle part lundi », « annuler ce départ »: who is on the screen, if somebody is."""
    words = short_line(text)
    return re.search(r"\b(?:il|elle|cette personne)\b", words) is not None or (
        takes_departure_back(text) and not is_own_departure(text)
    )


def is_own_departure(text: str) -> bool:
    """« je pars le 31 décembre », « mon dernier jour est le 15 »."""
    return _OWN.search(short_line(text)) is not None
