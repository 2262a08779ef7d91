"""The knowledge base: articles, the catalogue of motifs, and the search over both."""

from knowledge.articles import Article, Kind, Source
from knowledge.base import KnowledgeBase, load_knowledge
from knowledge.catalogue import Catalogue, Field, Motif, Scope, SousMotif, Theme
from knowledge.content_reader import ContentError
from knowledge.search.confidence import Found, Hit, Oriented, Reason, Suggestion, Verdict, Why
from knowledge.wishes import Wish

__all__ = [
    "Article",
    "Catalogue",
    "ContentError",
    "Field",
    "Found",
    "Hit",
    "Kind",
    "KnowledgeBase",
    "Motif",
    "Oriented",
    "Reason",
    "Scope",
    "Source",
    "SousMotif",
    "Suggestion",
    "Theme",
    "Verdict",
    "Why",
    "Wish",
    "load_knowledge",
]
