"""Gists: what people write instead of pressing a button. « pas trouvé », « la suite », « le 2 ».

Every pattern is for a whole message: « je n'ai pas trouvé l'agent » asks something, and is no gist.
"""

import re
from enum import StrEnum, auto
from functools import cache

from bot.domain.short_replies import agrees
from bot.domain.text import clean, fold_apostrophes, without_accents


class Gist(StrEnum):
    """What a short message comes down to."""

    AGREED = auto()  # whatever begins with a yes and makes no reserve
    YES = auto()  # a yes and nothing but politeness
    NO = auto()
    MISSING = auto()  # none of what was shown is it
    MORE = auto()
    ONWARD = auto()
    SEND = auto()
    OTHER_MOTIF = auto()
    SOLVED = auto()  # has the answer
    LOST = auto()  # does not know what to say
    KEEP = auto()  # what was given before stands
    DONE = auto()  # has done what was to be done elsewhere


_PLEASE = r"( (svp|stp|s'?il vous plait|merci|beaucoup|bien))*"
_YES = (
    r"(oui|ouais|ui|ok|d'?accord|parfait|super|nickel|genial|top"
    r"|(c'?est|c|ca) (bon|ok|parfait|ca|clair|nickel))"
)
_KIND = (
    r"((vous etes|t'?es|tu es|c'?est) )?((bien|tres|vraiment|super) )?(aimable|gentille?|sympa)"
    r"|(a vous|et )?(bonne (journee|soiree|nuit)|au revoir)"
)
_I_WANT = (
    r"(est[- ]ce que )?(je (veux|voudrais|souhaite|dois|peux)|j'?aimerais|jveux|il (me )?faut"
    r"|peut[- ]on|puis[- ]je|comment)? ?"
)
_NOT_IT = r"(c'?est|c|ce n'?est) (toujours )?pas (du tout )?(ca|cela|ma (question|demande)|mon cas)"

PATTERNS = {
    Gist.YES: rf"{_YES}([ ,]+({_YES}|{_KIND}|merci|beaucoup|bien|tout a fait))*",
    Gist.NO: r"(non|nan|nope|pas (du tout|vraiment)|toujours pas|(ben|bah) non)"
    r"([ ,]+(non|merci|rien|c'?est (tout|bon)|ca ira|pas (du tout|vraiment|ca)|desolee?))*",
    Gist.MISSING: r"(non[ ,]+)?("
    r"(je )?(n'?|j'?)?(ai )?(toujours )?(pas|rien) trouve( (ma|la) reponse| ce que je cherche)?"
    rf"|rien( de tout (ca|cela))?|aucune?( de( c|s)?es (sujets|choix|reponses))?|{_NOT_IT}|pas ca"
    r"|(ca|cela) (ne )?re?pond pas( a ma question)?|(ca|cela) (ne )?m'?aide pas|autre chose"
    r"|ni l'?une? ni l'?autre)",
    Gist.MORE: r"(voir |encore |d')?(plus|autres?|la suite|suite|suivante?s?|encore)"
    r"( de| d')? ?(resultats?|reponses?|sujets?|choix)?",
    Gist.ONWARD: r"(je )?(continue[rsz]?|continuons|poursui[st]|poursuivre|repren(dre|d|ds|ez|ons)"
    r"|la reprendre|(la )?suite|suivante?|on y va)( (ma|la|cette) demande)?",
    Gist.SEND: rf"({_YES}[ ,]+)*(j'?|je (l'?)?|l')?(envoi[es]?|envoye[rsz]|envoie[sz]?|valide[rz]?"
    r"|transmet(s|tez|tre))( (ma|la) demande)?",
    Gist.SOLVED: rf"({_YES}[ ,]+)*(j'?ai (eu )?(la|ma) reponse|j'?ai trouve|trouve)",
    Gist.LOST: r"(je |j'? ?)?(ne )?(sais|sait) (vraiment )?pas( trop| du tout)?"
    r"( (quoi|comment) (dire|ecrire|faire))?|je suis perdue?|jsp|chais pas|aucune idee",
    Gist.DONE: rf"({_YES}[ ,]+)*(voila[ ,]+)?((c'?est|c|je l'ai|j'?ai|tout est) )?(deja )?faite?s?",
    Gist.KEEP: rf"({_YES}[ ,]+)*(garde[rz]|conserve[rz]|je (l[ea] ?|l'? ?)?(garde|conserve)"
    r"|idem|la meme|inchangee?)( (ce|le|mon|cette|la|ma) (texte|reponse|valeur|description))?"
    r"( (comme (ca|avant)|telle? quelle?))?",
    Gist.OTHER_MOTIF: rf"(non[ ,]+)?{_I_WANT}(changer?|modifier|choisir|autre|mauvais|pas le bon)"
    r"( (de|le|du|d'un|un))?( autre)? (sous[- ]?motif|motif|theme|sujet)",
}
COMMANDS = {
    "annuler": r"annule[rsz]?( tout| ma demande)?|tout annuler|stop|quitter|exit|quit"
    r"|abandonne[rz]?|j'?abandonne|(je )?laisse[rz]? tomber|laisse[rz]? tomber( tout)?|tant pis",
    "retour": r"retour( (en )?arriere)?|reveni[rs]|(en )?arriere|precedent|question precedente"
    r"|(je )?m'?(e )?(suis|etais) trompee?|je me suis trompee?|oups",
    "aide": r"aide([zr]?[- ]moi)?|help|menu|au secours|sos|j'?ai besoin d'?aide|besoin d'?aide",
    "demandes": r"(voir |suivre )?mes demandes",
    "profil": r"(voir )?mon profil",
    "themes": r"(voir )?(les |tous les )?themes",
}
"""Commands that people give without a slash, when they are the whole message."""

MY_REQUESTS = re.compile(
    r"(voir |suivre |retrouver |le |la )?(suivi (de |d')?)?((m(a|es)|l[ae]s?) )?demandes?"
    r"|(le )?suivi|suivi (de )?(mon|mes) (tickets?|dossiers?)"
    r"|(ou|ou en) (en )?(est|sont|c'?est) (m(a|es) demandes?|mon ticket)( svp)?[ ?]*"
)
"""« où en est ma demande »: the person's own requests, not an article."""

PERSON = (
    r"(quelqu'?un( d'humain)?|une? (vraie? )?(humaine?|personne|conseill(er|ere)|operateur)"
    r"|le support|l'?assistance)"
)
A_HUMAN = re.compile(
    rf"{_I_WANT}((parler|ecrire|discuter) (a|avec|au)|contacter|joindre|avoir|appeler)? ?"
    rf"{PERSON}( au telephone)?{_PLEASE}[ ?]*|(nous )?contact(er|ez[- ]moi)?{_PLEASE}"
)
ORDINALS = ("premiere?", "deuxieme|seconde?|second", "troisieme", "quatrieme", "cinquieme")
_PLACE = re.compile(
    r"((lire|voir|ouvrir) ?"
    r"|(lire |voir |ouvrir )?((le|la|l'?|article|numero|n|n°|choix|resultat) ?)+)"
    r"(?P<place>\d)"
    r"( (svp|stp|merci))?"
)


_KEPT = re.compile(r"(?:je )?gard(?:er|ez|e) ?: ?(.+)")


def kept_value(text: str) -> str | None:
    """The answer that « garder : Durand » names, as words are compared."""
    match = _KEPT.fullmatch(plain(text))
    return match[1] if match else None


def gists_of(text: str) -> frozenset[Gist]:
    """What a message comes down to; nothing for most messages."""
    words = plain(text)
    found = {gist for gist, pattern in PATTERNS.items() if _is_all(pattern, words)}
    return frozenset(found | {Gist.AGREED} if agrees(text) else found)


def command_of(text: str) -> str | None:
    """The command that a message is, without its slash."""
    words = plain(text)
    return next((name for name, pattern in COMMANDS.items() if _is_all(pattern, words)), None)


def wants_a_human(text: str) -> bool:
    """« je voudrais parler à quelqu'un », « un conseiller svp »."""
    return A_HUMAN.fullmatch(plain(text)) is not None


def asks_for_requests(text: str) -> bool:
    """« suivi de ma demande », « où en est ma demande »."""
    return MY_REQUESTS.fullmatch(plain(text)) is not None


def place_of(text: str) -> int | None:
    """« le 2 », « la deuxième », « article 3 »: a place in the list, from 1."""
    words = plain(text)
    match = _PLACE.fullmatch(words)
    if match:
        return int(match["place"])
    for place, ordinal in enumerate(ORDINALS, 1):
        if _is_all(rf"(lire |voir )?(le |la |l'?)({ordinal})", words):
            return place
    return None


def _is_all(pattern: str, words: str) -> bool:
    """Whether a message is that and nothing else but politeness."""
    return _whole(pattern).fullmatch(words) is not None


@cache
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"({pattern}){_PLEASE}")


def plain(text: str) -> str:
    """Words as they are compared: one case, no accents, no full stop."""
    return without_accents(fold_apostrophes(clean(text))).casefold().strip(" .!…")
