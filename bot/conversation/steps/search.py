"""Search: a question and its results, articles read and rated, the desk contacted from there."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import Ask, EraseInput, KeepQuestion, Say, Vote
from bot.conversation.events import Attached, Commanded, Leaked, Picked, Typed
from bot.conversation.flow import (
    Beginning,
    Resting,
    Turn,
    arrive,
    begin,
    stay,
    with_resume,
    worth_keeping,
)
from bot.conversation.questions import Draft
from bot.conversation.screens.layout import Choice, button, button_row
from bot.conversation.screens.search import (
    MAX_RESULTS,
    RESULTS_PER_PAGE,
    article_text,
    found_of,
    nothing_found,
    related,
    suggested,
)
from bot.conversation.states import (
    AddingMessage,
    Asking,
    Browsing,
    BrowsingThemes,
    ChoosingMotif,
    ChoosingState,
    ConfirmingSousMotif,
    Describing,
    DraftState,
    Filling,
    Idle,
    Reading,
    ReadingFirst,
    Resuming,
    Reviewing,
    State,
)
from bot.conversation.texts import Text, text
from bot.domain.redaction import REDACTED, Secret
from bot.domain.short_replies import (
    ShortReply,
    follows_up,
    joined_question,
    list_position_of,
    short_replies_of,
)
from bot.domain.text import clean
from bot.domain.ticket import Answer
from knowledge import Article, Found, Reason, SousMotif, Verdict

QUESTION_LIMIT = 1000
"""Characters of a question; a longer text is refused, one sentence is asked."""

FOLLOWED_LIMIT = 200
"""Characters of a question joined with the one before it; a longer one is not joined."""

SMALL_TALK_REASONS = (Reason.SMALL_TALK, Reason.WHO)
"""Refusals that answer small talk: the results of the question stay."""


INSISTED = (Reason.ANSWER, Reason.UNKNOWN, Reason.ELSEWHERE)
"""What a question may have come to whose asker wants an advisor: small talk begins no form."""


def question_asked(
    state: Resting | Asking, event: Typed, context: Context
) -> Turn[Idle | Asking | Browsing]:
    """Search a text; any text is a question where nothing else is awaited."""
    question = clean(event.text)
    fault = _fault_of(question, context)
    if fault:
        return _ask_anew(state, fault, context)
    if ShortReply.SOLVED in short_replies_of(question):
        idle = Idle(draft=state.draft)
        return Turn(idle, with_resume(idle, (Say(text("article.thanks")),)))
    found = found_of(question, context)
    if found.reason is Reason.INSULT:
        return _calmed(state, found, context)
    if isinstance(state, Browsing) and (lead := _beside(state, question, found, context)):
        return stay(state, context, lead=lead)
    if follows_up(question) and not found.redirect and found.verdict is not Verdict.FOUND:
        return _followed(state, question, context)
    return _searched(state, question, context)


def _calmed(state: Resting | Asking, found: Found, context: Context) -> Turn[Idle | Browsing]:
    """Who is angry is shown the ways to a person; results stay."""
    if isinstance(state, Browsing):
        return stay(state, context, before=(nothing_found(found),))
    idle = Idle(draft=state.draft)
    return Turn(idle, with_resume(idle, (nothing_found(found),)))


def _fault_of(question: str, context: Context) -> str:
    """The reason why a text cannot be searched; empty if it can."""
    if len(question) > QUESTION_LIMIT:
        return "too_long"
    if (question.isdecimal() and len(question) < 3) or list_position_of(question):
        return "number"
    if not any(map(str.isalpha, question)):
        return "no_words"
    if found_of(question, context).reason is Reason.EMPTY:
        return "only_names" if context.knowledge.people_in(question) else "no_words"
    return "nothing_begun" if ShortReply.ONWARD in short_replies_of(question) else ""


def _searched(
    state: Resting | Asking, question: str, context: Context, lead: Text | None = None
) -> Turn[Browsing]:
    reason = found_of(question, context).reason
    missed = missed_question(question, "unknown", context) if reason is Reason.UNKNOWN else ()
    browsing = Browsing(draft=state.draft, question=question, files=files_of(state))
    return arrive(browsing, context, lead=lead, before=missed)


def _followed(
    state: Resting | Asking, question: str, context: Context
) -> Turn[Idle | Asking | Browsing]:
    """« et pour un contractuel ? »: search it together with the question before."""
    before = _question_before(state)
    whole = joined_question(before, question)
    if before and len(whole) <= FOLLOWED_LIMIT and _is_found(whole, context):
        return _searched(state, whole, context, text("results.followed", question=whole))
    if _is_found(question, context):
        return _searched(state, question, context)
    return _ask_anew(state, "whole", context)


def _question_before(state: State) -> str:
    """The question whose results or article are shown."""
    return state.question if isinstance(state, Browsing | Reading) else ""


def _is_found(question: str, context: Context) -> bool:
    return found_of(question, context).verdict is not Verdict.NOTHING


def _beside(state: Browsing, question: str, found: Found, context: Context) -> Text | None:
    """The reply to a word below results that is no question of its own."""
    if not _is_found(state.question, context):
        return None
    if ShortReply.YES in short_replies_of(question) and "merci" not in question.casefold():
        return text("results.which")
    if found.redirect and found.reason in SMALL_TALK_REASONS:
        return text("results.redirect", answer=found.redirect)
    return None


def _ask_anew(state: State, fault: str, context: Context) -> Turn[Idle | Asking | Browsing]:
    """Say what is wrong with the question; results stay shown."""
    question = _question_before(state)
    if question and _is_found(question, context):
        fresh = Browsing(draft=state.draft, question=question, files=files_of(state))
        browsing = state if isinstance(state, Browsing) else fresh
        return stay(browsing, context, lead=text(f"results.{fault}"))
    if files_of(state):
        asking = Asking(draft=state.draft, files=files_of(state))
        return arrive(asking, context, lead=text(f"results.{fault}"))
    idle = Idle(draft=state.draft)
    return Turn(idle, with_resume(idle, (Say(text(f"results.{fault}")),)))


def files_of(state: State) -> tuple[Attached, ...]:
    """The files that came with the question, or before it."""
    return state.files if isinstance(state, Asking | Browsing | Reading) else ()


def missed_question(question: str, outcome: str, context: Context) -> tuple[KeepQuestion, ...]:
    """Store a question without answer, personal data removed; nothing if no word is left."""
    words = context.knowledge.impersonal(question)
    return (KeepQuestion(words, outcome),) if any(map(str.isalpha, words)) else ()


def question_with_secret_asked(
    state: Resting | Asking, event: Leaked, context: Context
) -> Turn[Idle | Browsing]:
    """Delete the message and search its text without the number."""
    erase = (EraseInput(),)
    question = clean(event.redacted.replace(REDACTED, " "))
    is_searchable = event.secret is not Secret.PASSWORD and len(question) <= QUESTION_LIMIT
    if not is_searchable or found_of(question, context).verdict is Verdict.NOTHING:
        lead = leak_explained(event, context)
        if isinstance(state, Browsing):
            return stay(state, context, lead=lead, before=erase)
        return arrive(Idle(draft=state.draft), context, lead=lead, before=erase)
    browsing = Browsing(draft=state.draft, question=question)
    return arrive(browsing, context, lead=text(f"leaked.{event.secret}_search"), before=erase)


def leak_explained(event: Leaked, context: Context) -> Text:
    """Say what was withheld and why it need not be typed."""
    if event.beside:
        return text(f"leaked.{event.secret}_file")
    if event.secret is Secret.NIR and context.rules.nir_page_only:
        return text("leaked.nir_page")
    if event.secret is Secret.NIR and not context.rules.nir_in_chat:
        return text("leaked.nir_never")
    return text(f"leaked.{event.secret}")


def more_results_wanted(state: Browsing, event: Picked, context: Context) -> Turn[Browsing]:
    shown = min(state.shown + RESULTS_PER_PAGE, MAX_RESULTS)
    return arrive(replace(state, shown=shown), context)


def not_found_in_results(
    state: Browsing, event: Picked | Commanded, context: Context
) -> Turn[Beginning]:
    """« Je n'ai pas trouvé »: begin a form with the question."""
    draft = Draft(identity=context.identity, question=state.question, files=state.files)
    turn = begin(draft, state, context)
    return Turn(turn.state, missed_question(state.question, "not_found", context) + turn.effects)


def searched_instead(state: ChoosingState, event: Picked, context: Context) -> Turn[Browsing]:
    """Search the text that matched no choice."""
    browsing = Browsing(draft=worth_keeping(state.draft), question=state.draft.question)
    return arrive(browsing, context)


def contact_wanted(state: State, event: Commanded | Picked, context: Context) -> Turn[State]:
    """`/contact`: lead to an advisor from where the person stands, the telephone one tap away.

    Who is in a form or writes to an advisor is on the way to one already: they stay.
    """
    said = Ask(text("anywhere.person_reads"), button_row(button(Choice.PHONE)))
    if isinstance(state, DraftState | AddingMessage):
        return stay(state, context, before=(said,))
    turn = _led_to_the_desk(state, event, context)
    return turn if isinstance(turn.state, Asking) else Turn(turn.state, (said, *turn.effects))


def _led_to_the_desk(state: State, event: Commanded | Picked, context: Context) -> Turn[State]:
    """From an article or results to their form; from elsewhere the question is asked first, for
    most have an answer."""
    if isinstance(state, Reading):
        return contact_from_article(state, event, context)
    if isinstance(state, BrowsingThemes) and state.theme:
        return contact_from_theme(state, event, context)
    if isinstance(state, Browsing) and found_of(state.question, context).reason in INSISTED:
        return not_found_in_results(state, event, context)
    draft = worth_keeping(state.draft)
    return arrive(Asking() if draft is None else Resuming(draft=draft), context)


def themes_wanted(
    state: State, event: Commanded | Picked, context: Context
) -> Turn[BrowsingThemes]:
    return arrive(BrowsingThemes(draft=worth_keeping(state.draft)), context)


def theme_opened(
    state: BrowsingThemes | Browsing, event: Picked, context: Context
) -> Turn[BrowsingThemes]:
    return arrive(BrowsingThemes(draft=state.draft, theme=event.about), context)


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
    return arrive(replace(reading, files=files_of(state)), context)


def article_picked_on_the_way(
    state: RequestInProgress, event: Picked, context: Context
) -> Turn[RequestInProgress]:
    """Show an article inside a request, then what the request awaits."""
    article = context.knowledge.article_by_code(event.about)
    if article is None:
        return stay(state, context, lead=text("anywhere.stale"))
    return stay(state, context, before=(Say(article_text(article)),))


def rest_wanted(state: Reading, event: Picked, context: Context) -> Turn[Reading]:
    """« Lire la suite »."""
    return arrive(replace(state, whole=True), context)


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
    draft = Draft(identity=context.identity, question=question, files=state.files)
    return begin(draft, state, context)


def contact_from_article(
    state: Reading, event: Picked | Commanded, context: Context
) -> Turn[ConfirmingSousMotif | Beginning]:
    """« Nous contacter » below an article: begin a form with the article's sous-motif and fund."""
    article = context.knowledge.article(state.slug)
    draft = Draft(identity=context.identity, question=state.question, files=state.files)
    draft = replace(draft, read=state.slug)
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
    likely = [one.path for one in suggested(question, context, limit=10)]
    ranked = sorted(served, key=lambda one: likely.index(one.path) if one.path in likely else 99)
    return ranked[0] if ranked else None


def with_sous_motif(draft: Draft, sous_motif: SousMotif, *, fund: str | None = None) -> Draft:
    """The draft with another sous-motif: answers stay, the fund is asked anew."""
    chosen = replace(draft.without_answer("fund"), path=sous_motif.path, help_seen=False)
    asks_recipient = any(field.key == "fonds_dest" for field in sous_motif.fields)
    return chosen if fund is None or asks_recipient else chosen.with_answer(Answer("fund", fund))


def _only_fund(article: Article, sous_motif: SousMotif) -> str | None:
    """The fund of the article, where it is one of several of the sous-motif."""
    common = [fund for fund in sous_motif.fund_choices if fund in article.funds]
    return common[0] if len(common) == 1 and len(sous_motif.fund_choices) > 1 else None


def contact_from_theme(
    state: BrowsingThemes, event: Picked | Commanded, context: Context
) -> Turn[ChoosingMotif | Resuming | BrowsingThemes]:
    """« Nous contacter » on a theme's page: choose among the motifs of the theme."""
    draft = Draft(identity=context.identity)
    if context.knowledge.catalogue.theme(state.theme) is None:
        return stay(state, context)
    if state.draft is not None:
        return arrive(Resuming(draft=state.draft, next=draft), context)
    return arrive(ChoosingMotif(draft=draft, theme=state.theme), context)
