"""The knowledge base: articles, the catalogue of motifs, and the search over both."""

from knowledge.answers import Found, Hit, Reason, Suggestion, Verdict, Why
from knowledge.articles import Article, Kind, Source
from knowledge.base import KnowledgeBase, load_knowledge
from knowledge.catalogue import Catalogue, Field, Motif, Scope, SousMotif, Theme
from knowledge.errors import ContentError

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
    "Reason",
    "Scope",
    "Source",
    "SousMotif",
    "Suggestion",
    "Theme",
    "Verdict",
    "Why",
    "load_knowledge",
]
