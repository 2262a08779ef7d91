"""Short replies: what people write instead of pressing a button or giving a command.

« pas trouvé », « le 2 », « oui mais », « je ne l'ai pas », « et pour un contractuel ? ». Patterns
read a short message of one line, mostly the whole of it: « je n'ai pas trouvé l'agent » is none.
Loops are possessive (`*+`): a message is read once from left to right, whatever it repeats.
"""

import re
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final

from bot.domain.text import clean, without_accents

LONGEST_REPLY: Final = 400  # characters; whoever writes more tells a story


class ShortReply(StrEnum):
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
    NOT_YET = auto()
    GONE = auto()  # somebody works here no more
    STILL_THERE = auto()


def comparable(text: str) -> str:
    """Words as they are compared: one case, no accents, no full stop."""
    return without_accents(clean(text)).casefold().strip(" .!…")


def short_line(text: str) -> str:
    """The comparable words of a message of one line; nothing for a longer one."""
    words = comparable(text) if len(text) <= LONGEST_REPLY else ""
    return "" if "\n" in words else words


_PLEASE: Final = r"(?: (?:svp|stp|s'?il vous plait|merci|beaucoup|bien)\b)*+"


def _whole(pattern: str) -> re.Pattern[str]:
    """A message that is this and nothing else but politeness."""
    return re.compile(rf"(?:{pattern}){_PLEASE}")


_YES: Final = (
    r"(?:oui|ouais|ui|ok|d'?accord|parfait|super|nickel|genial|top"
    r"|(?:c'?est|c|ca) (?:bon|ok|parfait|ca|clair|nickel))\b"
)
_YES_FIRST: Final = rf"(?:{_YES}[ ,]++)*+"
_COMPLIMENT: Final = (
    r"(?:(?:vous etes|t'?es|tu es|c'?est) )?(?:(?:bien|tres|vraiment|super) )?"
    r"(?:aimable|gentille?|sympa)\b"
    r"|(?:a vous|et )?(?:bonne (?:journee|soiree|nuit)|au revoir)\b"
)
_I_WANT: Final = (
    r"(?:est[- ]ce que )?(?:je (?:veux?|voudrais|souhaite|dois|peux)|j'?aimerais|jveux"
    r"|il (?:me )?faut|peut[- ]on|puis[- ]je|comment)? ?"
)
_REPLIES: Final = {
    ShortReply.YES: _whole(
        rf"{_YES}(?:[ ,]++(?:{_COMPLIMENT}|{_YES}|(?:merci|beaucoup|bien|tout a fait)\b))*+"
    ),
    ShortReply.NO: _whole(
        r"(?:non|nan|nope|pas (?:du tout|vraiment)|toujours pas|(?:ben|bah) non)"
        r"(?:[ ,]++(?:non|merci|rien|c'?est (?:tout|bon)|ca ira|pas (?:du tout|vraiment|ca)"
        r"|desolee?)\b)*+"
    ),
    ShortReply.MISSING: _whole(
        r"(?:non[ ,]+)?(?:(?:je )?(?:n'?|j'?)?(?:ai )?(?:toujours )?(?:pas|rien) trouve"
        r"(?: (?:ma|la) reponse| ce que je cherche)?"
        r"|rien(?: de tout (?:ca|cela))?|aucune?(?: de(?: c|s)?es (?:sujets|choix|reponses))?"
        r"|(?:c'?est|c|ce n'?est) (?:toujours )?pas (?:du tout )?(?:ca|cela|mon cas"
        r"|ma (?:question|demande))|pas ca|(?:ca|cela) (?:ne )?re?pond pas(?: a ma question)?"
        r"|(?:ca|cela) (?:ne )?m'?aide pas|autre chose|ni l'?une? ni l'?autre)"
    ),
    ShortReply.MORE: _whole(
        r"(?:voir |encore |d')?(?:plus|autres?|la suite|suite|suivante?s?|encore)"
        r"(?: de| d')? ?(?:resultats?|reponses?|sujets?|choix)?"
    ),
    ShortReply.ONWARD: _whole(
        r"(?:je )?(?:continue[rsz]?|continuons|poursui[st]|poursuivre|repren(?:dre|d|ds|ez|ons)"
        r"|la reprendre|(?:la )?suite|suivante?|on y va)(?: (?:ma|la|cette) demande)?"
    ),
    ShortReply.SEND: _whole(
        rf"{_YES_FIRST}(?:j'?|je (?:l'?)?|l')?(?:envoi[es]?|envoye[rsz]|envoie[sz]?|valide[rz]?"
        r"|transmet(?:s|tez|tre))(?: (?:ma|la) demande)?"
    ),
    ShortReply.SOLVED: _whole(
        rf"{_YES_FIRST}(?:j'?ai (?:eu )?(?:la|ma) reponse|j'?ai trouve|trouve)"
    ),
    ShortReply.LOST: _whole(
        r"(?:je |j'? ?)?(?:ne )?(?:sais|sait) (?:vraiment )?pas(?: trop| du tout)?"
        r"(?: (?:quoi|comment) (?:dire|ecrire|faire))?|je suis perdue?|jsp|chais pas|aucune idee"
    ),
    ShortReply.DONE: _whole(
        rf"{_YES_FIRST}(?:voila[ ,]+)?(?:(?:c'?est|c|je l'ai|j'?ai|tout est) )?(?:deja )?faite?s?"
    ),
    ShortReply.NOT_YET: _whole(
        r"(?:non[ ,]+)?(?:pas encore|plus tard|pas maintenant|pas tout de suite|une autre fois)"
        r"(?: faite?)?|(?:je (?:le|la) ferai|on verra)(?: (?:plus tard|demain))?"
        r"|(?:je n'?ai )?pas (?:eu )?le temps"
    ),
    ShortReply.GONE: _whole(
        r"(?:non[ ,]+)?(?:(?:il|elle) )?(?:est partie?|(?:ne )?(?:travaille|est) plus"
        r"|n'est plus|a quitte|partie?)(?: (?:la|ici|chez nous|la mairie))?"
    ),
    ShortReply.STILL_THERE: _whole(
        r"(?:oui[ ,]+)?(?:(?:il|elle) )?(?:(?:est|travaille) )?(?:toujours|encore)"
        r"(?: (?:la|ici|chez nous|en poste))?"
    ),
    ShortReply.KEEP: _whole(
        rf"{_YES_FIRST}(?:garde[rz]|conserve[rz]|je (?:l[ea] ?|l'? ?)?(?:garde|conserve)"
        r"|idem|la meme|inchangee?)"
        r"(?: (?:ce|le|mon|cette|la|ma) (?:texte|reponse|valeur|description))?"
        r"(?: (?:comme (?:ca|avant)|telle? quelle?))?"
    ),
    ShortReply.OTHER_MOTIF: _whole(
        rf"(?:non[ ,]+)?{_I_WANT}(?:changer?|modifier|choisir|autre|mauvais|pas le bon)"
        r"(?: (?:de|le|du|d'un|un))?(?: autre)? (?:sous[- ]?motif|motif|theme|sujet)"
    ),
}
_AGREEMENT: Final = re.compile(
    r"(?:oui|ouais?|ui|ok|okay|d'?accord|dac|entendu|parfait|vas[- ]?y|allez[- ]?y|allons[- ]?y|go"
    r"|c'?est (?:bon|ca|exact|parfait)|c bon|exact|j'?atteste|je confirme)\b"
)
_RESERVE: Final = re.compile(r"\b(?:mais|sauf|non|pas|ne|plutot|attendez|erreur)\b|\?")


def agrees(text: str) -> bool:
    """« ok », « oui c'est ça »; not « oui mais je voudrais changer le fonds »."""
    words = short_line(text)
    return _AGREEMENT.match(words) is not None and _RESERVE.search(words) is None


def has_reserve(text: str) -> bool:
    """« oui mais … », « ne pas envoyer », « envoyer ? »."""
    return _RESERVE.search(short_line(text)) is not None


def short_replies_of(text: str) -> frozenset[ShortReply]:
    """What a message comes down to; nothing for most messages."""
    words = short_line(text)
    found = {reply for reply, pattern in _REPLIES.items() if pattern.fullmatch(words)}
    return frozenset(found | {ShortReply.AGREED} if agrees(text) else found)


_KEPT: Final = re.compile(r"(?:je )?gard(?:er|ez|e) ?: ?(.+)")


def kept_value(text: str) -> str | None:
    """The answer that « garder : Durand » names, as words are compared."""
    match = _KEPT.fullmatch(short_line(text))
    return match[1] if match else None


_COMMANDS: Final = {
    "annuler": _whole(
        r"annule[rsz]?(?: tout)?|tout annuler|stop|quitter|exit|quit|abandonne[rz]?"
        r"|j'?abandonne|j'arrete|(?:je )?laisse[rz]? tomber|laisse[rz]? tomber(?: tout)?|tant pis"
    ),
    "retour": _whole(
        r"retour(?: (?:en )?arriere)?|reveni[rs]|(?:en )?arriere|precedent|question precedente"
        r"|(?:je )?m'?(?:e )?(?:suis|etais) trompee?|je me suis trompee?|oups"
    ),
    "aide": _whole(
        r"aide(?:[zr]?[- ]moi)?|help|menu|au secours|sos|j'?ai besoin d'?aide|besoin d'?aide"
    ),
    "profil": _whole(r"(?:voir )?mon profil"),
    "themes": _whole(r"(?:voir )?(?:les |tous les )?themes"),
}


def command_of(text: str) -> str | None:
    """The command that a message is, without its slash."""
    return _name_of(_COMMANDS, short_line(text))


def _name_of(patterns: Mapping[str, re.Pattern[str]], words: str) -> str | None:
    return next((name for name, pattern in patterns.items() if pattern.fullmatch(words)), None)


_ITEM: Final = r"(?:(?:le|la|l'?|article|numero|n°?|choix|resultat) ?)"
_POSITION: Final = _whole(rf"(?:(?:lire|voir|ouvrir) ?{_ITEM}*+|{_ITEM}++)(\d)")
_ORDINAL: Final = _whole(
    r"(?:lire |voir )?(?:le |la |l'?)"
    r"(?:(premiere?)|(deuxieme|seconde?)|(troisieme)|(quatrieme)|(cinquieme))"
)


def list_position_of(text: str) -> int | None:
    """« le 2 », « la deuxième », « article 3 »: a place in the list, from 1."""
    words = short_line(text)
    if match := _POSITION.fullmatch(words):
        return int(match[1])
    ordinal = _ORDINAL.fullmatch(words)
    return ordinal.lastindex if ordinal else None


_MEANING: Final = (
    r"c'?est (?:quoi|koi)|c (?:quoi|koi)|k[eé]sako|keske|qu'?est[- ]ce|(?:que|ca) veut dire"
)
_ASKS_BACK: Final = re.compile(rf"(?:{_MEANING}|ou (?:est|je|on|se|puis|peut|trouver?|c'?est))\b")
_MEANING_ALONE: Final = re.compile(rf"(?:{_MEANING})(?: (?:ca|cela))?[ ?]*")
_ASKS: Final = re.compile(
    rf"(?:{_MEANING}|comment|pourquoi|combien|quand|quel(?:le)?s?|qui|ou|est[- ]ce que|a quoi"
    r"|je ne (?:sais|comprends|trouve)|j'?(?:ai|en ai) pas compris|faut[- ]il|dois[- ]je"
    r"|peut[- ]on|puis[- ]je)\b"
)
_POLITENESS: Final = re.compile(
    r"(?:(?:oui|ok(?:ay)?|d'?accord|merci|beaucoup|bien|bonjour|bonsoir|svp|stp|parfait|entendu"
    r"|a vous)[ ,]*+)++"
)


def asks_back(text: str) -> bool:
    """« c koi le contrat » is asked back, whatever could be an answer there."""
    words = comparable(text)
    return words.endswith("?") or _ASKS_BACK.match(words[:LONGEST_REPLY]) is not None


def asks_meaning_alone(text: str) -> bool:
    """« c koi », « c'est quoi ça ? »: what is meant stands above."""
    return _MEANING_ALONE.fullmatch(short_line(text)) is not None


def reads_like_a_question(text: str) -> bool:
    """Whether what could not be read as an answer asks something."""
    words = comparable(text)
    return words.endswith("?") or _ASKS.match(words[:LONGEST_REPLY]) is not None


def is_polite(text: str, *, may_be_name: bool = False) -> bool:
    """« merci beaucoup », « ok »: no answer to anything; « Bonjour » alone may be a name."""
    words = short_line(text)
    is_name = may_be_name and words in ("merci", "bonjour", "parfait")
    return not is_name and _POLITENESS.fullmatch(words) is not None


_CORRECTION: Final = re.compile(
    r"(?:(?:non|attendez|pardon|oups|zut)[ ,]+)?"
    r"(?:(?:je (?:veux|voudrais|souhaite|dois)|j'?aimerais|il faut) )?"
    r"(?:corrig|modifi|chang|rectifi)(?:er?|ez)"
    r"(?: (?:le|la|les|mon|ma|mes|une?|cette?) .*| l'.*)?"
    r"|(?:la )?ligne \d{1,2}"
    r"|(?:il y a (?:une )?)?(?:erreur|faute) (?:sur|dans) .*"
    r"|(?:non[ ,]+)?(?:en fait|finalement) .*"
)
_MISTAKE: Final = re.compile(
    r"\b(?:est|sont) (?:faux|fausse|erronee?|mauvaise?|pas (?:bon|bonne|le bon|la bonne))$"
    r"|\b(?:je me suis|me suis|m'?etais) trompee?\b"
    r"|\bj'?ai fait une (?:erreur|faute)\b"
)


def announces_correction(text: str) -> bool:
    """« corriger le prénom », « je me suis trompé de SIRET », « ligne 4 »."""
    words = short_line(text)
    if words == "change":  # « Changé » is a commune
        return False
    return _CORRECTION.fullmatch(words) is not None or _MISTAKE.search(words) is not None


_FOLLOWS_UP: Final = re.compile(
    r"(?:et|mais|ou)(?: (?:alors|donc|sinon|du coup))?,? (?:pour|si|en|a|au|aux|chez|avec|sans|dans"
    r"|quand|les?|la|l'|une?|des|du|mon|ma|mes|notre|nos|celui|celle|ceux|apres|avant|cette?|ces?"
    r"|d|m|s)\b.*"
    r"|(?:idem|pareil|(?:la )?meme (?:chose|question)) (?:pour|en|chez|avec|si|quand)\b.*"
    r"|(?:pour|chez) (?:une?|les?|la|l'|des|mon|ma|mes|nos|notre) ?[^ ?]++(?: [^ ?]++)?+ ?\?"
)


def follows_up(text: str) -> bool:
    """« et pour un contractuel ? »: the end of a question whose beginning was asked before."""
    words = short_line(text)
    # A question of more than nine words says everything itself.
    return len(words.split()) <= 9 and _FOLLOWS_UP.fullmatch(words) is not None


def joined_question(before: str, text: str) -> str:
    """Both as one question: « quel taux cnracl, et pour un contractuel ? »."""
    return f"{clean(before).rstrip(' ?.!,')}, {clean(text)}"
