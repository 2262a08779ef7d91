"""Search: results, themes, an article, and what is shown when nothing is open."""

import re
from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Say
from bot.conversation.screens.layout import (
    NOTHING,
    Choice,
    ScreenEffects,
    bullet,
    button,
    button_column,
    button_row,
    content_label,
    current_notices,
    origin_line,
    source_line,
    with_lead,
)
from bot.conversation.states import (
    Asking,
    Browsing,
    BrowsingThemes,
    Leaving,
    Reading,
    Resuming,
    State,
)
from bot.conversation.texts import Markdown, Text, fill, text, unescape
from bot.domain.text import comparable_words
from knowledge import Article, Found, Oriented, Reason, Suggestion, Verdict
from knowledge.references import legifrance_link

MAIN_ARTICLES = 5
"""Articles on a theme's page."""

RESULTS_PER_PAGE = 3
"""Results shown at a time."""
MAX_RESULTS = 9
"""Results that can be shown of one question; after them « je n'ai pas trouvé » leads on."""

REPEATED_QUESTION_LIMIT = 100
"""Characters of a corrected question that is repeated above its results."""

PHONE_ARTICLE = "depot-telephone-contact"
"""The article that answers who wants to telephone; it says where each number was read, and when."""

GROUNDLESS = (Reason.UNKNOWN, Reason.ELSEWHERE)
"""Refusals after which the person may insist: the question may be ours after all."""


def found_of(question: str, context: Context, limit: int = RESULTS_PER_PAGE + 1) -> Found:
    """Search a question: as the first results do, so that the knowledge base caches one search.

    Names of people whom the person may speak of are not searched.
    """
    return context.knowledge.search(question, limit=limit, names=names_in(question, context))


def suggested(question: str, context: Context, limit: int = 3) -> tuple[Suggestion, ...]:
    """The sous-motifs a question is most likely about, names of people aside."""
    names = names_in(question, context)
    return context.knowledge.suggest(question, limit=limit, names=names)


def names_in(question: str, context: Context) -> frozenset[str]:
    return context.names.intersection(comparable_words(question))


def results_list(state: Browsing, context: Context) -> ScreenEffects:
    """The operator's notices above the first results, or above the sentence that there is none."""
    is_first = state.shown == RESULTS_PER_PAGE
    return with_lead((_results(state, context),), current_notices(context) if is_first else None)


def _results(state: Browsing, context: Context) -> Say | Ask:
    """Three results, or the sentence that there is none."""
    found = found_of(state.question, context, state.shown + 1)
    if found.verdict is Verdict.NOTHING:
        return nothing_found(found)
    return _listing(state, found, context)


def nothing_found(found: Found) -> Say | Ask:
    """The reason why there is no answer, and where to go instead."""
    key = "results.unknown" if found.reason is Reason.UNKNOWN else "results.ask_again"
    answer = text("results.redirect", answer=found.redirect) if found.redirect else text(key)
    if found.orientation is not None:
        answer = text("results.elsewhere", place=_orientation(found.orientation))
    if found.reason is Reason.INSULT:
        return Ask(answer, button_row(button(Choice.CONTACT), button(Choice.PHONE)))
    if found.reason not in GROUNDLESS:
        return Say(answer)
    insist = button(Choice.NOT_FOUND, label=text(f"results.insist_{found.reason}"))
    return Ask(answer, button_row(insist, button(Choice.THEMES)))


def _listing(state: Browsing, found: Found, context: Context) -> Ask:
    first = state.shown - RESULTS_PER_PAGE
    worth = found.hits[: found.shown]
    hits = worth[first : state.shown]
    articles = [context.knowledge.articles[hit.slug] for hit in hits]
    head = "results.close" if found.verdict is Verdict.CLOSE else "results.found"
    corrected, oriented = found.corrected, found.orientation
    if corrected is not None and len(corrected) > REPEATED_QUESTION_LIMIT:
        corrected = None
    shown_head = text(head) if corrected is None else text(f"{head}_corrected", question=corrected)
    theme = context.knowledge.catalogue.theme(found.theme)
    themed = [button(Choice.THEME, theme.code, content_label(theme.label))] if theme else []
    listed = text(
        "results.list",
        first=_orientation(oriented) if oriented and oriented.first else NOTHING,
        head=text("results.one_word", theme=theme.label) if theme else shown_head,
        last=_orientation(oriented) if oriented and not oriented.first else NOTHING,
        items=tuple(_item(first + n, article) for n, article in enumerate(articles, 1)),
    )
    reads = [read_button(article, first + n) for n, article in enumerate(articles, 1)]
    has_more = len(worth) > state.shown and state.shown < MAX_RESULTS
    others = [button(Choice.MORE)] if has_more else []
    ways = (tuple(reads), (*others, button(Choice.NOT_FOUND)))
    return Ask(listed, ways + button_column(themed))


def _orientation(oriented: Oriented) -> Text:
    """The other service that may be meant, in one line, and what of it is ours."""
    return text(
        "results.orientation",
        title=oriented.title,
        answer=oriented.answer,
        contact=oriented.contact,
    )


def _item(number: int, article: Article) -> Text:
    return _named("results.item", article, number=number)


def _named(key: str, article: Article, **values: int) -> Text:
    """A text about an article: its title, its answer in short, its origin."""
    answer, origin = Markdown(article.answer), origin_line(article)
    return text(key, title=article.title, answer=answer, origin=origin, **values)


def results_again(state: Browsing, context: Context) -> Say | Ask:
    """The titles of the results, whose answers stand above."""
    screen = _results(state, context)
    found = found_of(state.question, context, state.shown)
    if found.verdict is Verdict.NOTHING:
        return screen
    first = state.shown - RESULTS_PER_PAGE
    hits = found.hits[: found.shown][first:]
    titles = [context.knowledge.articles[hit.slug].title for hit in hits]
    items = tuple(_title(first + n, title) for n, title in enumerate(titles, 1))
    return replace(screen, text=text("results.again", items=items))


def _title(number: int, title: str) -> Text:
    return text("results.title", number=number, title=title)


def read_button(article: Article, number: int) -> Button:
    return button(Choice.READ, article.code, text("button.read", number=number))


def brief_list(articles: list[Article], seen: frozenset[str] = frozenset()) -> tuple[Text, ...]:
    """Articles numbered; of those in `seen` only the title."""
    return tuple(
        _title(number, article.title) if article.slug in seen else _item(number, article)
        for number, article in enumerate(articles, 1)
    )


def idle_prompt(state: State, context: Context) -> Say:
    return Say(text("resting.ask_away"))


def question_prompt(state: Asking, context: Context) -> Ask:
    return Ask(text("resting.question_first"), button_row(button(Choice.PHONE)), awaits_text=True)


def phone_page(context: Context) -> Say:
    """The telephone numbers and hours, with their date and source."""
    article = context.knowledge.article(PHONE_ARTICLE)
    if article is None:
        return Say(text("results.unknown"))
    return Say(_named("anywhere.phone", article))


def open_draft(state: Leaving | Resuming, context: Context) -> Ask:
    key = "resting.leaving" if isinstance(state, Leaving) else "resting.resuming"
    choices = button_row(button(Choice.RESUME), button(Choice.ABANDON))
    sous_motif = context.knowledge.catalogue.sous_motif(state.draft.path)
    label = text("resting.draft_without_motif")
    if sous_motif is not None:
        label = text("resting.draft", label=sous_motif.label)
    return Ask(text(key, label=label), choices)


def theme_buttons(context: Context) -> list[Button]:
    themes = context.knowledge.catalogue.themes
    return [button(Choice.THEME, theme.code, content_label(theme.label)) for theme in themes]


def themes_page(state: BrowsingThemes, context: Context) -> Ask:
    knowledge = context.knowledge
    theme = knowledge.catalogue.theme(state.theme)
    if theme is None:
        return Ask(text("themes.all"), button_column(theme_buttons(context)))
    articles = knowledge.main_articles(theme.code, limit=MAIN_ARTICLES)
    reads = [button(Choice.READ, one.code, content_label(one.title)) for one in articles]
    ways = button_row(button(Choice.CONTACT), button(Choice.THEMES))
    return Ask(text("themes.one", label=theme.label), button_column(reads) + ways)


def article_page(state: Reading, context: Context) -> ScreenEffects:
    """The article and the question whether it helped; the beginning if it was removed."""
    article = context.knowledge.article(state.slug)
    if article is None:
        return idle_prompt(state, context)
    shown = article_rest(article) if state.whole else article_beginning(article)
    return (Say(shown), closing_question(state, context))


def closing_question(state: Reading, context: Context) -> Ask:
    article = context.knowledge.article(state.slug)
    is_cut = article is not None and not state.whole and not _is_short(article)
    votes = (button(Choice.USEFUL), button(Choice.USELESS))
    read_on = (button(Choice.READ_ON),) if is_cut else ()
    return Ask(text("article.did_it_help"), (votes, (*read_on, button(Choice.CONTACT))))


def related(article: Article, context: Context) -> Ask:
    """Articles near this one, and the way to the desk."""
    articles = context.knowledge.articles
    near = [articles[slug] for slug in article.related if slug in articles]
    reads = button_column(
        button(Choice.READ, other.code, content_label(other.title)) for other in near[:3]
    )
    key = "article.related" if near else "article.not_helped"
    return Ask(text(key), (*reads, *button_row(button(Choice.NOT_FOUND), button(Choice.CONTACT))))


FIRST_SCREEN = 900
"""Characters that a phone shows without much scrolling; the rest of an article waits for a tap."""
_ROOM_BELOW = 40
"""Of these, what is left to the question below."""


def article_text(article: Article) -> Text:
    """Title, origin, body, validity, legal references and sources."""
    return text(
        "article.whole", head=_article_head(article, article.body), foot=_article_foot(article)
    )


def article_beginning(article: Article) -> Text:
    """What a first screen has of an article: all of a short one."""
    if _is_short(article):
        return article_text(article)
    return _article_head(article, article.body[: _cut(article)].rstrip())


def article_rest(article: Article) -> Text:
    """What « Lire la suite » shows."""
    rest = article.body[_cut(article) :].strip()
    foot = _article_foot(article)
    return text("article.rest", body=Markdown(rest), foot=foot) if rest else foot


def _article_head(article: Article, body: str) -> Text:
    return text(
        "article.page",
        title=article.title,
        origin=origin_line(article),
        validity=_validity(article),
        body=Markdown(body),
    )


def _article_foot(article: Article) -> Text:
    references = tuple(bullet(_linked(reference)) for reference in article.references)
    return text(
        "article.foot",
        references=text("article.references", lines=references) if references else NOTHING,
        sources=tuple(bullet(source_line(source)) for source in article.sources),
    )


def _is_short(article: Article) -> bool:
    return _room_of(article_text(article)) >= 0


def _cut(article: Article) -> int:
    """Where the body is cut so that its beginning fills a first screen: at the end of a line that
    announces nothing, of the first one at least."""
    room = _room_of(_article_head(article, ""))
    end = 0
    for line in re.finditer(r"[^\n]+(?:\n+|$)", article.body):
        if end and line.end() > room:
            break
        announces = line[0].startswith("#") or line[0].rstrip("*\n ").endswith(":")
        end = end if announces and end else line.end()
    return end


def _room_of(shown: Text) -> int:
    """The characters that are left on a first screen; an address behind a name takes none."""
    visible = re.sub(r"\]\([^()\[\]]*\)", "", unescape(fill(shown)))
    return FIRST_SCREEN - _ROOM_BELOW - len(visible)


def _linked(reference: str) -> Text:
    words, address = legifrance_link(reference)
    return text("article.reference", words=words, address=address)


def _validity(article: Article) -> Text:
    start, end = article.valid_from, article.valid_until
    if start and end:
        return text("article.valid_between", start=f"{start:%d/%m/%Y}", end=f"{end:%d/%m/%Y}")
    if start:
        return text("article.valid_from", start=f"{start:%d/%m/%Y}")
    return text("article.valid_until", end=f"{end:%d/%m/%Y}") if end else NOTHING
