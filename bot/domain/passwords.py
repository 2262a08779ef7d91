"""Passwords and one-time codes standing where nobody asked for them.

A password or a code is recognised only when announced: the name of the secret, a sign that its
value comes (or at once the value, where it can be nothing else), then the value: « mon code est
482913 », « mdp : Soleil2024! ». What a help desk reads all day is left alone: « mot de passe
oublié », « mon mot de passe est expiré », « code postal 75001 ».
"""

import re
from typing import Final

from bot.domain.sensitive_data import LONGEST_TEXT
from bot.domain.text import clean, plain_forms, without_accents

# Names are matched without accents, in any case.

_SIGN: Final = (
    r"(?P<sign>,? (?:c'est|est|etait|is)(?: bien)?(?: le)?(?: ?:)?\s| ?(?:[:=]|->|=>)\s*)"
)
_OPENING: Final = r"[\"'«»“”(\[<]* ?"

_NAME: Final = r"(?:mots? ?de ?passe|mdp|passwords?|passwd|passphrase|pwd)"
# A name may be qualified (« mot de passe de la mairie »), but not by what ends the announcement:
# a state of the password, or the name of another thing.
_ENDS_NAME: Final = (
    r"(?:et|ou|a|n'|ne|pas|plus|non|doit|fait|contient|avec|sans|mon|oubli\w*|perd\w*|expir\w*"
    r"|bloqu\w*|invalid\w*|incorrect\w*|refus\w*|chang\w*|reinit\w*|renouvel\w*|errone\w*|faux"
    r"|identifiants?|logins?|siret|siren|nir|tel\w*|mails?|e-mails?|courriels?|adresses?|numeros?"
    r"|codes?|messages?|erreurs?|liens?)"
)
_QUALIFIERS: Final = rf"(?P<qualifiers>(?: (?!{_ENDS_NAME}\b|(?:c'est|est|is)\b)[\w'-]++){{0,5}}?)"
_PASSWORD_ANNOUNCED: Final = re.compile(
    rf"\b{_NAME}{_QUALIFIERS}{_SIGN}{_OPENING}(?P<value>\S+)(?P<rest>[^\n]*)", re.IGNORECASE
)
_PASS_ANNOUNCED: Final = re.compile(r"\bpass ?[:=]\s*(?P<value>\S+)", re.IGNORECASE)
_PASSWORD_AT_ONCE: Final = re.compile(rf"\b{_NAME} {_OPENING}(?P<value>\S+)", re.IGNORECASE)
_VALUE_BEFORE: Final = re.compile(
    rf",? (?:est|c'est|is)(?: bien)? (?:mon|le|notre|son|my|the) {_NAME}\b", re.IGNORECASE
)
_SHORTEST, _SHORTEST_AT_ONCE, _LONGEST = 4, 6, 128
# What stands after « mot de passe : » or « est » and is no password, though a lone word.
_ORDINARY_WORD: Final = re.compile(
    _ENDS_NAME
    + r"|urgent\w*|bonjour|bonsoir|merci|svp|aide|probleme|comment|pourquoi|quoi|que|quel"
    r"|quelle|ou|procedure|demande|question|trop|tres|toujours|encore|deja|jamais|impossible|inconnu"
    r"|inactif|valable|valide|correct|bon|mauvais|rejete|errone|ok|oui|temporaire|provisoire"
    r"|obligatoire|personnel|confidentiel|secret|securise|complexe|inchange|illisible|manquant|vide"
    r"|introuvable|arrive|envoye|recu|demande|desactive|active|suspendu|verrouille|compromis|creation"
    r"|modification|acces|connexion|compte|plateforme|cnracl|ircantec|rafp|atiacl|fiphfp|peps|pep's"
    r"|dsn|rh|ci-dessous|ci-joint|ci-dessus",
    re.IGNORECASE,
)
_NOT_PASSWORD: Final = re.compile(
    r"[^\s@]++@[^\s@.]++\.\S++|(?:https?://|www\.)\S++|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{14}|(?:19|20)\d\d"
    r"|\d++(?:j|jours?|h|heures?|min|minutes?|s|mois|ans?|fois|caracteres?|chiffres?|e)|\d+h\d+",
    re.IGNORECASE,
)
_SIGNS_OF_PASSWORDS: Final = frozenset("!@#$%^&*+=_£§~?")

# What makes « code » a secret one. « Code postal », « code APE », « code erreur » have none of it.
_QUALIFIED: Final = (
    r"(?:secret|personnel|confidentiel|temporaire|provisoire|unique|recu|envoye|affiche|otp|pin|sms"
    r"|ce matin|hier|a usage unique|a (?:4|6|8|quatre|six|huit) chiffres|que j'ai recu"
    r"|que je viens de recevoir|qu'on m'a envoye|qui s'affiche|(?:de |d'|par |sur )?(?:securite"
    r"|verification|validation|connexion|confirmation|acces|activation|authentification"
    r"|double authentification|identification|sms|mail|courriel|telephone|mon telephone)"
    r"|(?:de |sur )?(?:la plateforme|pep'?s))"
)
_SECRET_CODE: Final = (
    rf"(?:codes?(?: {_QUALIFIED}\b)++|(?:code )?(?:otp|pin)"
    r"|(?:mon|notre|voici le|c'est le|recu le|tape le|saisi le|entre le) code"
    rf"(?: {_QUALIFIED}\b)*+)"
)
_DATE: Final = r"[0-3]?\d[ .\-](?:0?[1-9]|1[0-2])[ .\-](?:19|20)\d\d"
_DIGITS: Final = (
    rf"(?!{_DATE})(?P<value>\d(?:[ .\-]?\d){{3,7}})(?![ .,\-/]?\d|\w| ?(?:€|euros?\b|eur\b))"
)
_MIXED: Final = (
    r"(?=[a-z]{0,12}\d)(?=\d{0,12}[a-z])(?!\d{1,12}(?:h\d*|j|jours?|min|mois|ans)\b)[a-z\d]{4,12}\b"
)
_SECRET_CODE_ANNOUNCED: Final = re.compile(
    rf"\b{_SECRET_CODE}(?:{_SIGN}{_OPENING}(?:{_DIGITS}|{_MIXED})"
    rf"|,? {_OPENING}(?!(?:19|20)\d\d\b){_DIGITS.replace('value', 'at_once')})",
    re.IGNORECASE,
)
_CODE_ANNOUNCED: Final = re.compile(
    rf"(?<!erreur )(?<!anomalie )(?<!message )(?<!rejet )\bcode{_SIGN}{_OPENING}{_DIGITS}",
    re.IGNORECASE,
)
_CODE_BEFORE: Final = re.compile(
    rf"\b{_DIGITS},? (?:est|c'est)(?: bien)? (?:mon|le|notre) code(?: {_QUALIFIED}\b)*+"
    r"(?= *(?:[.,;:!)\n]|$))",
    re.IGNORECASE,
)


def _bare(token: str) -> str:
    """A token without the quotes around it and the punctuation of the sentence."""
    return token.strip("\"'«»“”()[]<>").rstrip(".,;:")


def _has_digit_and_letter(token: str) -> bool:
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def _looks_chosen(token: str) -> bool:
    """Whether a token has what sentences have not: digits among letters, signs, inner capitals."""
    if len(token) < _SHORTEST or _NOT_PASSWORD.fullmatch(token):
        return False
    has_sign = any(sign in token.rstrip("?!") for sign in _SIGNS_OF_PASSWORDS)
    has_inner_capital = re.search("[a-z][A-Z]", token) is not None
    return token.isdigit() or _has_digit_and_letter(token) or has_sign or has_inner_capital


def _is_lone_word(match: re.Match[str], token: str) -> bool:
    """A word that can only be the value: capitalised after « est », or alone after a colon."""
    word = token.rstrip("?!")
    if len(word) < _SHORTEST or not word.isalpha() or _ORDINARY_WORD.fullmatch(word):
        return False
    if match["qualifiers"] or "?" in token:
        return False
    is_alone = not match["rest"].strip(" .!)»\"'")
    if re.search("[:=>]", match["sign"]):
        return is_alone
    return is_alone and word[0].isupper() and not match[0][:3].isupper()


def _announces_password(text: str) -> bool:
    for match in _PASSWORD_ANNOUNCED.finditer(text):
        token = _bare(match["value"])
        if _looks_chosen(token) or _is_lone_word(match, token):
            return True
    certain = [match["value"] for match in _PASS_ANNOUNCED.finditer(text)]
    for match in _VALUE_BEFORE.finditer(text):
        certain += text[max(0, match.start() - _LONGEST) : match.start()].split()[-1:]
    if any(_looks_chosen(_bare(token)) for token in certain):
        return True
    at_once = (_bare(match["value"]) for match in _PASSWORD_AT_ONCE.finditer(text))
    return any(
        len(token) >= _SHORTEST_AT_ONCE and _has_digit_and_letter(token) and _looks_chosen(token)
        for token in at_once
    )


def _announces_code(text: str) -> bool:
    if _SECRET_CODE_ANNOUNCED.search(text) or _CODE_BEFORE.search(text):
        return True
    codes = (re.sub(r"\D", "", match["value"]) for match in _CODE_ANNOUNCED.finditer(text))
    return any(len(digits) != 5 for digits in codes)  # five are a postcode


def announces_secret(text: str) -> bool:
    """Whether a text gives a password or a one-time code, named as such."""
    if len(text) > LONGEST_TEXT:
        return True
    lines = re.sub(r" +", " ", without_accents(plain_forms(clean(text))))
    return _announces_password(lines) or _announces_code(lines)
