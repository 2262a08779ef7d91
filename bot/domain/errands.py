"""Errands: what an administrator comes for, said in words instead of a command.

Some words mean the same from anybody (an import, an invitation): who administers nothing is told
how one comes to. The others (« je pars ») are an administrator's only; from anybody else they are
a question for the help.
"""

import re

from bot.domain.short_replies import comparable

MOST_WORDS = 12
"""Whoever writes more tells a story, and is answered by the help."""

_WANT = r"((comment|je (veux|voudrais|dois|souhaite)|il faut|puis[- ]je|peut[- ]on|pour) )*"
_OURS = r"(comptes?|utilisateurs|administrateurs|registre)\b(?! (rendu|individuel|epargne))"
_LEFT = r"(mairie|commune|collectivite|poste|etablissement|hopital|structure|definitivement)"
ANYBODY = {
    "importer": re.compile(
        rf"(?!.*\b(dsn|cir|rafp|paie)\b).*\bimport(er|e|ez)\b.*\b{_OURS}.*"
        rf"|(?!.*\b(dsn|cir|rafp|paie)\b).*\b{_OURS}.*\bimport(er|e|ez)\b.*"
    ),
    "inviter": re.compile(
        r".*\b(lien|code) d'invitation\b.*"
        rf"|{_WANT}(j'|on )?invit(er?|ez|ons) (un|une|mon|ma|le|la|l'|mes)\b.*"
    ),
}
ADMINISTRATORS = {
    "comptes": re.compile(
        r"(voir |afficher |la )?(mes|les|nos|liste des) comptes( peps)?"
        r"|quels? (sont les )?comptes? (qui )?(vont expirer|va expirer|expirent|(sont )?expires?)"
        r"( bientot)?[ ?]*"
    ),
    "revue": re.compile(
        rf"{_WANT}(faire |commencer |reprendre )?(la |une |ma )?revue( des comptes)?"
    ),
    "exporter": re.compile(rf"{_WANT}exporter\b.*"),
    "depart": re.compile(
        rf"je (pars|quitte|vais quitter|vais partir|m'en vais)\b.{{0,20}}\b{_LEFT}\b.*"
        r"|(je (signale|declare|dois signaler) |annoncer |signaler )(mon|un) depart"
    ),
    "conges": re.compile(
        r"je (pars|suis|serai|vais partir|vais etre) (en (conges?|vacances)|absente?)\b.{0,40}"
    ),
}


def errand_of(text: str, *, administers: bool) -> str | None:
    """The command that a message amounts to, without its slash."""
    words = comparable(text)
    if len(words.split()) > MOST_WORDS:
        return None
    known = ANYBODY | ADMINISTRATORS if administers else ANYBODY
    return next((name for name, pattern in known.items() if pattern.fullmatch(words)), None)
