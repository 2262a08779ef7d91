"""A small invented base: a library's help desk, so that no test depends on the real articles."""

from datetime import date
from typing import Any

from knowledge.articles import Article, Kind, Source
from knowledge.base import KnowledgeBase
from knowledge.catalogue import Catalogue, Motif, SousMotif, Theme
from knowledge.intents import build_intents
from knowledge.vocabulary import Vocabulary, build_vocabulary
from knowledge.wishes import build_wishes

TABLES: dict[str, Any] = {
    "acronyms": {"CDI": ["centre de documentation"], "DVD": [], "CET": ["compte épargne-temps"]},
    "same": {"livre": ["bouquin", "ouvrage"]},
    "near": {"bouquiniste": ["livre"], "amende": ["retard"]},
    "shorthand": {"koi": "quoi", "biblio": "bibliothèque", "pu": "plus"},
    "names": {"pu": ["le"]},
    "ignored": {
        "before_vowel": ["cet"],
        "words": [
            "le",
            "la",
            "les",
            "un",
            "une",
            "de",
            "du",
            "des",
            "est",
            "je",
            "ai",
            "quoi",
            "pour",
            "mais",
        ],
    },
}
INTENTS: dict[str, Any] = {
    "talk": [
        {
            "code": "insult",
            "reason": "insult",
            "answer": "Que se passe-t-il ?",
            "phrases": ["nul"],
        },
        {
            "code": "thanks",
            "reason": "thanks",
            "answer": "Avec plaisir.",
            "phrases": ["merci", "merci beaucoup"],
        },
        {
            "code": "hello",
            "reason": "greeting",
            "answer": "Bonjour.",
            "phrases": ["bonjour", "salut à tous"],
        },
    ],
    "elsewhere": [
        {
            "code": "piscine",
            "answer": "La piscine est en face.",
            "signals": ["piscine", "maillot de bain"],
            "examples": ["horaires de la piscine", "cours de natation", "bonnet obligatoire"],
        }
    ],
    "beside": {"phrases": ["la réponse"], "unless": ["mais", "pas", "quand"]},
    "ours": {"signals": ["carte de lecteur"]},
    "own": {"unless": ["lecteur"]},
    "self": [
        {
            "code": "deuil",
            "answer": "Toutes mes condoléances.",
            "phrases": ["(mon|ma) (mari|femme) est (mort|morte|décédé|décédée)"],
        },
        {"code": "auteur", "answer": "Voyez la SGDL.", "phrases": ["je suis auteur"]},
    ],
}


def vocabulary() -> Vocabulary:
    return build_vocabulary(TABLES)


def article(slug: str, title: str, body: str, **other: Any) -> Article:
    """An article with whatever the test says about it, and the rest unremarkable."""
    given: dict[str, Any] = {
        "code": slug[:6],
        "kind": Kind.AIDE,
        "theme": "prets",
        "funds": ("tous",),
        "audience": "lecteur",
        "published": "2026",
        "modified": None,
        "valid_from": None,
        "valid_until": None,
        "references": (),
        "sous_motifs": ("prets/emprunt/emprunter",),
        "related": (),
        "wordings": (),
        "sources": (Source(url="https://example.org", published="2026"),),
    }
    return Article(slug=slug, title=title, body=body, **{**given, **other})


LOAN = article(
    "emprunter",
    "Emprunter un livre",
    "Trois livres à la fois, pour quatre semaines.\n\n- La carte est gratuite pour les enfants.",
    wordings=("prendre un bouquin à la maison", "combien de temps garder un livre"),
)
LATE = article(
    "retard",
    "Livre rendu en retard",
    "Chaque semaine de retard coûte un euro.",
    wordings=("pénalité de retard", "livre rendu trop tard"),
    references=("Décret n° 2003-1306 du 26/12/2003, art. 59", "Code du livre, art. L. 161-22"),
    sous_motifs=("prets/emprunt/rendre",),
)
ROOM = article(
    "salle",
    "Réserver la salle de travail",
    "La salle se réserve à l'accueil.",
    wordings=("salle pour un groupe",),
    kind=Kind.JURIDIQUE,
    sous_motifs=("prets/lieux/salle",),
)
ARTICLES = (LOAN, LATE, ROOM)


WISHES: dict[str, Any] = {
    "groups": {"polite": ["allo"], "human": ["(un|le) bibliothécaire"], "meeting": ["parler à"]},
    "wish": [{"code": "person", "of": ["human"], "beside": ["meeting"]}],
}


def sous_motif(path: str, label: str, *articles: str) -> SousMotif:
    return SousMotif(
        path=path, id=path[-4:], label=label, funds=("tous",), fields=(), articles=articles
    )


def catalogue() -> Catalogue:
    emprunt = (
        sous_motif("prets/emprunt/emprunter", "Emprunter", "emprunter"),
        sous_motif("prets/emprunt/rendre", "Rendre ou prolonger", "retard", "emprunter"),
    )
    lieux = (sous_motif("prets/lieux/salle", "Réserver une salle", "salle"),)
    motifs = (
        Motif(path="prets/emprunt", label="Emprunts", sous_motifs=emprunt),
        Motif(path="prets/lieux", label="Les lieux", sous_motifs=lieux),
    )
    return Catalogue((Theme(code="prets", label="Prêts", motifs=motifs),), {})


def library(*articles: Article) -> KnowledgeBase:
    """The base of the library, or of the articles given."""
    words = vocabulary()
    intents, wishes = build_intents(INTENTS, words), build_wishes(WISHES, words)
    return KnowledgeBase(articles or ARTICLES, catalogue(), words, intents, wishes)


TODAY = date(2026, 11, 23)
