"""Legal references, as they are cited and as people type them, and where their text is read.

A reference becomes terms of the index, each after `REFERENCE_MARK`:

| written | terms |
|---|---|
| « décret n° 2003-1306 du 26/12/2003, art. 24 bis » | `2003-1306`, `2003-1306:24bis`, by date too |
| « article L. 161-22 du code de la sécurité sociale » | `css:l161-22`; without the code `l161-22` |
| « CAA Nancy, 05/08/2016, n° 15NC00084 » | `15nc00084`, `2016-08-05` |

« bis » and « ter » belong to the number; what follows inside an article (« II 2° », « b ter ») is
left out, for nobody looks for less than an article.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote_plus

from knowledge.search.language import MONTHS, fold

REFERENCE_MARK = "§"
LEGIFRANCE = "https://www.legifrance.gouv.fr"
PAGES = {
    "LEGIARTI": "loda/article_lc",
    "JORFARTI": "jorf/article_jo",
    "LEGITEXT": "codes/texte_lc",
    "JORFTEXT": "loda/id",
}
"""Where Légifrance keeps what an identifier begins with; the articles of codes have their own."""
LONGEST_RANGE = 60

_CODES = {
    "css": r"code (?:de )?(?:la )?secu(?:rite)?(?: sociale)?|css",
    "pensions": r"code (?:des )?pensions?(?: civiles?)?(?: (?:et )?militaires?)?"
    r"(?: (?:de (?:la )?)?retraites?)?|cpcmr?",
    "cgfp": r"code (?:general )?(?:de )?(?:la )?fonction publique|cgfp",
    "cgct": r"code (?:general )?des collectivites(?: territoriales)?|cgct",
    "travail": r"code (?:du )?travail",
    "civil": r"code civil",
    "sante": r"code (?:de )?(?:la )?sante(?: publique)?|csp",
    "autre": r"code (?:general |rural|penal|electoral|de (?:la )?|de l'|des |du )(?:[a-z]+)?",
}
_CODE = re.compile("|".join(rf"(?P<{name}>\b(?:{code})\b)" for name, code in _CODES.items()))
_DASH = re.compile(r"(?<=\d)\s?[-\u2010-\u2015\u2212]\s?(?=\d)")
_SPACED = re.compile(r"(\b[lrd]\.?\s?)(\d{3,4})[\s.](\d{1,3})\b")
"""« L 161 22 », « L.161.22 »."""
_NUMBER = r"\d{1,4}(?:-\d{1,3}(?![\d°]))*(?:[\s-]?(?:bis|ter|quater|quinquies|sexies)\b)?"
# « I », « II bis », « 2° »: the place inside an article, behind its number.
_INSIDE = r"(?:\s?-?\s?(?:[ivx]{1,5}|[b-h])\b(?:\s(?:bis|ter)\b)?)?(?:\s?-?\s?\d{1,2}\s?°)?"
# A number before one of these words counts something: « 24 mois » is no article.
_COUNTED = (
    r"(?!\s*+(?:er|eme)?\s*+(?:ans?|annees?|mois|jours?|heures?|trimestres?|enfants?|euros?|%|€))"
)
# L, R or D, and the signs that may stand behind it: « R*. 65 ».
_LETTER = r"(?P<letter>(?:(?<=art)|(?<=article)|\b)[lrd])(?P<mark>\s?\.?\s?\*?\s?\.?\s?)"
# One article, as « L. 12 bis » or « 40, I ».
_ITEM = rf"(?:{_LETTER})?(?P<number>(?<!\d){_NUMBER})(?!\d)(?P<inside>{_INSIDE}){_COUNTED}"
# What joins two articles: « , », « et », « à l'article ».
_AND = r" ?(?:,(?: ?et)?|\bet|\bou|\ba|\bau) ?(?:l'|les )?(?:art(?:icle)?s?\.? ?)?"
# The same as _ITEM without the names of its groups, so that it may stand twice in a pattern.
_ANY = re.sub(r"\?P<\w+>", "?:", _ITEM)
_LIST = re.compile(
    rf"(?P<word>\bart(?:icle)?s?\.? ?(?:n ?° ?)?)?(?P<items>{_ANY}(?:{_AND}{_ANY})*)"
)
_ONE = re.compile(rf"(?P<and>{_AND})?{_ITEM}")
_ARTICLE_WORD = re.compile(r"\bart(?:icle)?s?\b\.?")

_TEXT = re.compile(
    r"\b(?:decret|loi|ordonnance|arrete|dec|ord)s?\.?(?:\s(?:cnracl|ircantec|rafp))?"
    r"\s*+(?:n\s*+(?:[°ºo]|um|umero)?s?\s*+)?"
    r"(?P<number>(?:19|20)?\d\d\s\d{2,4}(?!\s?\d)|\d{2,4}-\d{1,4}(?!-)|\d{4}/\d{1,4}|\d\d/\d{3,4})\b"
    r"|\bd\.?\s?(?P<short>(?:19|20)\d\d-\d{3,4})\b"
    r"|\bn\s*[°º]s?\s*(?P<bare>\d{2,4}-\d{1,4})\b"
    r"|\b(?:et|,)\s*(?P<second>\d{2,4}-\d{1,4})\s+du\b"
    r"|\b(?:lfss|loi de financement de la securite sociale) ?(?:pour |de )?(?P<lfss>20\d\d)\b"
)
_NICKNAMES = {"cnracl": "2003-1306", "ircantec": "1970-1277", "rafp": "2004-569"}
_NICKNAME = re.compile(rf"\bdecret (?:de (?:la |l')?)?({'|'.join(_NICKNAMES)})\b")
"""« Article 25 du décret CNRACL »: each fund has one that everybody cites."""
_LONE_TEXT = re.compile(r"\b(?:19|20)\d\d-(?!(?:19|20)\d\d\b)\d{2,4}\b")
_JUDGMENT = re.compile(
    r"(?:\bn\s?[°º]\s?)?\b"
    r"(\d\d[a-z]{2}\d{4,5}|(?:(?<=[°º] )|(?<=[°º])|(?<=etat )|(?<=ce ))\d{6})\b"
)
_DATE = (
    rf"(?P<day>\d\d?)(?:er)?[\s/.-](?P<month>\d\d?|{'|'.join(MONTHS)})[\s/.-](?P<year>\d{{4}})\b"
)
_DATED = re.compile(
    r"\b(?:decret|loi|ordonnance|arrete|decision|deliberation|arret|jugement|ce|caa|ta|etat|appel"
    rf"|administratif)s?\b(?:[^\d]|\b\d{{2,4}}[-\s]\d{{1,4}}\b){{0,40}}?\b{_DATE}"
)
_SHORT_NAMES = {
    "CGFP": "code général de la fonction publique",
    "CGCT": "code général des collectivités territoriales",
}
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_OFFICIAL_NUMBER = re.compile(r"n° (\w+-\d+|\d\d[A-Z]{2}\d+|\d{6})")
_FIRST_ARTICLE = re.compile(r"(?:([A-Z])\. )?(\d+(?:-\d+)*(?: (?:bis|ter)\b)?)")
_ASIDE = re.compile(r" \([^()]*\)")
_IDENTIFIER = re.compile(r" \[((?:LEGI|JORF)(?:ARTI|TEXT)\d{12})\]$")


@dataclass(frozen=True, slots=True)
class Citation:
    """What a text cites: `texts` by number, by `dates` and as judgments, `codes`, and articles.

    `plain` articles have no letter (« 24bis »), `lettered` ones do (« l161-22 »); `rest` is what
    the text says besides, folded.
    """

    texts: tuple[str, ...]
    dates: tuple[str, ...]
    codes: tuple[str, ...]
    plain: tuple[str, ...]
    lettered: tuple[str, ...]
    rest: str


def references_in(text: str) -> list[str]:
    """The reference terms of a question, each once.

    A date cites a text only where it has no number; a code counts with an article, or alone.
    """
    cited = read_citation(text)
    texts = cited.texts or cited.dates
    found = list(texts)
    found += [f"{one}:{article}" for one in texts for article in cited.plain]
    articles = (*cited.lettered, *(() if texts else cited.plain))
    if cited.codes and articles:
        found += [f"{code}:{article}" for code in cited.codes for article in articles]
    else:
        found += (*cited.codes, *cited.lettered)
    return [REFERENCE_MARK + one for one in dict.fromkeys(found)]


def indexed_references(reference: str) -> list[str]:
    """Every term under which a reference of an article may be asked for, each once."""
    cited = read_citation(reference)
    texts = (*cited.texts, *cited.dates)
    found = [*texts, *(f"{one}:{article}" for one in texts for article in cited.plain)]
    found += [*cited.codes, *cited.lettered]
    for code in cited.codes:
        found += [f"{code}:{one}" for one in (*cited.plain, *cited.lettered)]
        found += [f"{code}:{one[1:]}" for one in cited.lettered]  # « article 24 du code … »
    return [REFERENCE_MARK + one for one in dict.fromkeys(found)]


def without_references(text: str) -> str:
    """The text, folded, less its references: their numbers are no words of the question."""
    return read_citation(text).rest


def is_certain(term: str) -> bool:
    """Whether a term can only be a reference: a date may be that of any « arrêté » of a mayor."""
    return re.match(r".(?:\d{4}-\d\d-\d\d|\d{6})\b", term) is None


def read_citation(text: str) -> Citation:
    """What a text cites, however it is written."""
    rest = _SPACED.sub(r"\1\2-\3", _DASH.sub("-", fold(text)))
    texts = [_text_name(match) for match in _TEXT.finditer(rest)]
    texts += _JUDGMENT.findall(rest)
    dates = [_date(match) for match in _DATED.finditer(rest)]
    for pattern in (_DATED, _TEXT, _JUDGMENT):
        rest = pattern.sub(" ", rest)
    codes = [match.lastgroup or "" for match in _CODE.finditer(rest)]
    plain, lettered, rest = _articles(rest, codes)
    if plain and not texts and not codes:
        texts = _LONE_TEXT.findall(rest) + [_NICKNAMES[one] for one in _NICKNAME.findall(rest)]
        rest = _NICKNAME.sub(" ", _LONE_TEXT.sub(" ", rest))
    without_codes = " ".join(_CODE.sub(" ", rest).split())
    if codes and (plain or lettered or not re.search(r"\w", without_codes)):
        rest = without_codes
    else:
        codes = []
    rest = _ARTICLE_WORD.sub(" ", rest) if texts or dates or codes or lettered else rest
    return Citation(
        texts=_once(texts),
        dates=_once(dates),
        codes=_once(codes),
        plain=_once(plain),
        lettered=_once(lettered),
        rest=" ".join(rest.split()),
    )


def _once(terms: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms))


def _text_name(match: re.Match[str]) -> str:
    """« 86-33 » and « 1986-33 » are the same law; some write « 2003 1306 »."""
    if match["lfss"]:
        return f"lfss{match['lfss']}"
    found = next(filter(None, (match[one] for one in ("number", "short", "bare", "second"))))
    year, number = re.split(r"[-/\s]", found)
    return f"{year if len(year) == 4 else '19' + year}-{number}"


def _date(match: re.Match[str]) -> str:
    month = match["month"]
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    return f"{match['year']}-{number:02}-{int(match['day']):02}"


def _articles(text: str, codes: list[str]) -> tuple[list[str], list[str], str]:
    """Articles without and with a letter, and the text without them.

    Beside a code an article needs no mark: « l 24 code pensions », « code civil 2224 ».
    """
    plain: list[str] = []
    lettered: list[str] = []

    def read(match: re.Match[str]) -> str:
        items = list(_items(match["items"]))
        letter, mark, number = items[0][:3]
        marked = bool(letter) and (not mark.isspace() or not number.isdigit())
        is_all = bool(letter) and match[0].strip() == text.strip()
        if not (match["word"] or is_all or marked or (letter and codes) or "civil" in codes):
            return match[0]
        for one in _ranges(items):
            (lettered if one[0].isalpha() else plain).append(one)
        return " "

    rest = _LIST.sub(read, text)
    return plain, lettered, rest


def _items(listed: str) -> Iterator[tuple[str, str, str, str]]:
    """The letter, the mark after it, the number and the word before it, of each in a list."""
    letter = ""
    for match in _ONE.finditer(listed):
        letter = match["letter"] or letter
        number = match["number"].replace(" ", "")
        yield letter, match["mark"] or "", number, (match["and"] or "").strip()[:2].strip()


def _ranges(items: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """The articles of a list; « 30 à 39 » is ten of them, « D. 16-1 à D. 16-4 » four."""
    yield from (letter + number for letter, _, number, _ in items)
    for (letter, _, before, _), (_, _, number, word) in pairwise(items):
        if word != "a":
            continue
        stem, _, first = before.rpartition("-")
        head, _, last = number.rpartition("-")
        if head != stem:
            stem, first, last = "", before.split("-")[0], number.split("-")[0]
        if first.isdigit() and last.isdigit() and int(last) - int(first) <= LONGEST_RANGE:
            for between in range(int(first) + 1, int(last) + 1):
                yield letter + (f"{stem}-{between}" if stem else str(between))


def legifrance_link(reference: str) -> tuple[str, str]:
    """What to show of a reference, and the address of its text.

    A reference may end with the identifier that a source gave, « [LEGIARTI000006381595] »; without
    one, the address is that of Légifrance's search for it.
    """
    match = _IDENTIFIER.search(reference)
    if match is None:
        asked = quote_plus(_searched(_ASIDE.sub("", reference)))
        return reference, f"{LEGIFRANCE}/search/all?query={asked}"
    shown, identifier = reference[: match.start()], match[1]
    page = PAGES[identifier[:8]]
    if identifier.startswith("LEGIARTI") and read_citation(shown).codes:
        page = "codes/article_lc"
    return shown, f"{LEGIFRANCE}/{page}/{identifier}"


def _searched(reference: str) -> str:
    """What Légifrance is asked: the text by its number, and the first of its articles.

    « CGFP, art. L. 556-2 et L. 556-3 » is « code général de la fonction publique L556-2 ».
    """
    text, _, articles = reference.partition(", art. ")
    text = _DAY.sub(lambda m: f"{int(m[1])} {MONTHS[int(m[2]) - 1]} {m[3]}", text)
    text = _SHORT_NAMES.get(text, text)
    numbered = _OFFICIAL_NUMBER.search(text)
    if numbered:
        text = f"{text.split()[0].removesuffix('s')} {numbered[1]}"
    article = _FIRST_ARTICLE.match(articles)
    if article is None:
        return text
    return f"{text} {article[1]}{article[2]}" if article[1] else f"{text} article {article[2]}"
