"""Articles: read and rate one, or contact the desk from it."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import Say, Vote
from bot.conversation.events import Picked
from bot.conversation.flow import Beginning, Turn, arrive, begin, stay, with_resume
from bot.conversation.questions import Draft
from bot.conversation.screens.search import article_text, related
from bot.conversation.states import (
    Browsing,
    BrowsingThemes,
    ChoosingMotif,
    ConfirmingSousMotif,
    Describing,
    Filling,
    Idle,
    Reading,
    ReadingFirst,
    Resuming,
    Reviewing,
)
from bot.conversation.steps.search import missed_question
from bot.conversation.texts import text
from bot.domain.ticket import Answer
from knowledge import Article, SousMotif

RequestInProgress = ConfirmingSousMotif | ReadingFirst | Filling | Describing | Reviewing
"""The states in which an article can be read without leaving the request."""


def article_picked(
    state: Browsing | Reading | BrowsingThemes, event: Picked, context: Context
) -> Turn[Reading | Browsing | BrowsingThemes]:
    """Open an article of the results, of a theme, or near the one just read."""
    article = context.knowledge.article_by_code(event.about)
    if article is None:
        return stay(state, context, lead=text("anywhere.stale"))
    question = "" if isinstance(state, BrowsingThemes) else state.question
    theme = "" if isinstance(state, Browsing) else state.theme
    reading = Reading(draft=state.draft, slug=article.slug, question=question, theme=theme)
    return arrive(reading, context)


def article_picked_on_the_way(
    state: RequestInProgress, event: Picked, context: Context
) -> Turn[RequestInProgress]:
    """Show an article inside a request, then what the request awaits."""
    article = context.knowledge.article_by_code(event.about)
    if article is None:
        return stay(state, context, lead=text("anywhere.stale"))
    return stay(state, context, before=(Say(article_text(article)),))


def found_useful(state: Reading, event: Picked, context: Context) -> Turn[Idle]:
    """Count a vote that the article helped, and thank."""
    vote = _vote(state, context, useful=True)
    idle = Idle(draft=state.draft)
    return Turn(idle, vote + with_resume(idle, (Say(text("article.thanks")),)))


def found_useless(state: Reading, event: Picked, context: Context) -> Turn[Reading]:
    """Count a vote that the article did not help; offer related articles and the desk."""
    article = context.knowledge.article(state.slug)
    if article is None:
        return stay(state, context)
    screen = with_resume(state, (related(article, context),))
    missed = missed_question(state.question, "useless", context)
    return Turn(state, (*_vote(state, context, useful=False), *missed, *screen))


def _vote(state: Reading, context: Context, *, useful: bool) -> tuple[Vote, ...]:
    article = context.knowledge.article(state.slug)
    return (Vote(article.slug, article.version, useful),) if article else ()


def not_found_in_article(state: Reading, event: Picked, context: Context) -> Turn[Beginning]:
    """Begin a form with the question, or with the article's title where there is none."""
    article = context.knowledge.article(state.slug)
    question = state.question or (article.title if article else "")
    return begin(Draft(identity=context.identity, question=question), state, context)


def contact_from_article(
    state: Reading, event: Picked, context: Context
) -> Turn[ConfirmingSousMotif | Beginning]:
    """« Nous contacter » below an article: begin a form with the article's sous-motif and fund."""
    article = context.knowledge.article(state.slug)
    draft = Draft(identity=context.identity, question=state.question, read=state.slug)
    sous_motif = sous_motif_for(article, state.question, context) if article else None
    if article is None or sous_motif is None:
        return begin(draft, state, context)
    draft = with_sous_motif(draft, sous_motif, fund=_only_fund(article, sous_motif))
    if state.draft is not None:
        return arrive(Resuming(draft=state.draft, next=draft), context)
    return arrive(ConfirmingSousMotif(draft=draft), context)


def sous_motif_for(article: Article, question: str, context: Context) -> SousMotif | None:
    """The sous-motif of the article that fits the question best, else its first one."""
    catalogue = context.knowledge.catalogue
    served = [one for path in article.sous_motifs if (one := catalogue.sous_motif(path))]
    likely = [one.path for one in context.knowledge.suggest(question, limit=10)]
    ranked = sorted(served, key=lambda one: likely.index(one.path) if one.path in likely else 99)
    return ranked[0] if ranked else None


def with_sous_motif(draft: Draft, sous_motif: SousMotif, *, fund: str | None = None) -> Draft:
    """The draft with another sous-motif: answers stay, the fund is asked anew."""
    chosen = replace(draft.without_answer("fund"), path=sous_motif.path, help_seen=False)
    asks_recipient = any(field.key == "fonds_dest" for field in sous_motif.fields)
    return chosen if fund is None or asks_recipient else chosen.with_answer(Answer("fund", fund))


def _only_fund(article: Article, sous_motif: SousMotif) -> str | None:
    """The fund common to article and sous-motif, where the sous-motif has several and one is
    common.
    """
    common = [fund for fund in sous_motif.fund_choices if fund in article.funds]
    return common[0] if len(common) == 1 and len(sous_motif.fund_choices) > 1 else None


def contact_from_theme(
    state: BrowsingThemes, event: Picked, context: Context
) -> Turn[ChoosingMotif | Resuming | BrowsingThemes]:
    """« Nous contacter » on a theme's page: choose among the motifs of the theme."""
    draft = Draft(identity=context.identity)
    if context.knowledge.catalogue.theme(state.theme) is None:
        return stay(state, context)
    if state.draft is not None:
        return arrive(Resuming(draft=state.draft, next=draft), context)
    return arrive(ChoosingMotif(draft=draft, theme=state.theme), context)
