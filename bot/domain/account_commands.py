"""Account commands: what an administrator comes for, said in words instead of a command.

Some words mean the same from anybody (an import, an invitation): who administers nothing is told
how one comes to it. The others (« je pars ») are an administrator's only; from anybody else they
are a question for the help.
"""

import re
from typing import Final

from bot.domain.short_replies import short_line

_MOST_WORDS: Final = 12  # whoever writes more tells a story, and is answered by the help
_WANT: Final = (
    r"(?:(?:comment|je (?:veux|voudrais|dois|souhaite)|il faut|puis[- ]je|peut[- ]on|pour) )*+"
)
_IMPORT: Final = re.compile(r"\bimport(?:er|e|ez)\b")
_OUR_ACCOUNTS: Final = re.compile(
    r"\b(?:comptes?|utilisateurs|administrateurs|registre)\b(?! (?:rendu|individuel|epargne))"
)
_OTHER_IMPORTS: Final = re.compile(r"\b(?:dsn|cir|rafp|paie)\b")
_INVITATION: Final = re.compile(r"\b(?:lien|code) d'invitation\b")
_INVITE: Final = re.compile(
    rf"{_WANT}(?:j'|on )?invit(?:er?|ez|ons) (?:un|une|mon|ma|le|la|l'|mes)\b"
)
_ADMINISTRATORS_ONLY: Final = {
    "comptes": re.compile(
        r"(?:voir |afficher |la )?(?:mes|les|nos|liste des) comptes(?: peps)?"
        r"|quels? (?:sont les )?comptes? (?:qui )?(?:vont expirer|va expirer|expirent"
        r"|(?:sont )?expires?)(?: bientot)?[ ?]*"
    ),
    "revue": re.compile(
        rf"{_WANT}(?:faire |commencer |reprendre )?(?:la |une |ma )?revue(?: des comptes)?"
    ),
    "exporter": re.compile(rf"{_WANT}exporter\b.*"),
    "depart": re.compile(
        r"je (?:pars|quitte|vais quitter|vais partir|m'en vais)\b.{0,20}\b(?:mairie|commune"
        r"|collectivite|poste|etablissement|hopital|structure|definitivement)\b.*"
        r"|(?:je (?:signale|declare|dois signaler) |annoncer |signaler )(?:mon|un) depart"
    ),
    "conges": re.compile(
        r"je (?:pars|suis|serai|vais partir|vais etre) (?:en (?:conges?|vacances)|absente?)\b"
        r".{0,40}"
    ),
}


def account_command_of(text: str, *, administers: bool) -> str | None:
    """The command on accounts that a message amounts to, without its slash."""
    words = short_line(text)
    if len(words.split()) > _MOST_WORDS:
        return None
    imports = _IMPORT.search(words) and _OUR_ACCOUNTS.search(words)
    if imports and not _OTHER_IMPORTS.search(words):
        return "importer"
    if _INVITATION.search(words) or _INVITE.match(words):
        return "inviter"
    known = _ADMINISTRATORS_ONLY if administers else {}
    return next((name for name, pattern in known.items() if pattern.fullmatch(words)), None)
