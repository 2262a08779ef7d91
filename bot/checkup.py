"""The checkup: every part of an installation tried once, and what to do about what is wrong."""

import asyncio
from collections.abc import Callable, Iterator

import aiohttp

from bot.app import choose_connectors, open_store
from bot.clock import utc_now
from bot.connectors.factory import build_mailer
from bot.domain.ticket_export import NirShown
from bot.inspection import inspect_store, inspect_version
from bot.monitoring.desk_checks import Finding, FindingLevel
from bot.monitoring.doctor import check_clock, check_machine
from bot.settings import Settings, SettingsError
from bot.storage.database import DatabaseError
from bot.storage.keys import KeyFileError
from knowledge import ContentError, load_knowledge

TELL = "renseignez-le dans .env (.env.example donne un exemple)."
TIMEOUT = aiohttp.ClientTimeout(total=10)


__all__ = ["Finding", "FindingLevel", "check_connectors", "check_everything"]


def check_everything(settings: Settings) -> list[Finding]:
    """Every check, in the order in which faults build on each other."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        check_machine,
        _check_register,
        _check_content,
        _check_notice,
        check_connectors,
        check_post,
        _check_reminded,
        _check_telegram,
    ]
    return [finding for check in checks for finding in check(settings)]


def _check_register(settings: Settings) -> Iterator[Finding]:
    try:
        yield from inspect_version(settings)
        store = open_store(settings)
        with store.transaction() as db:
            broken = db.audit_log.verify()
            aside = len(db.inbox.failed())
    except (DatabaseError, KeyFileError) as error:
        yield Finding(FindingLevel.WRONG, str(error))
        return
    yield Finding(FindingLevel.GOOD, f"Base et clés ouvertes dans {settings.data_dir.resolve()}.")
    if broken is not None:
        words = (
            f"Le journal d'audit est rompu à la ligne {broken} : quelqu'un a écrit dans la base. "
            "Gardez-en une copie, puis restaurez une sauvegarde d'avant (guichet restore)."
        )
        yield Finding(FindingLevel.WRONG, words)
    if aside:
        yield Finding(FindingLevel.ADVICE, f"{aside} tours en erreur mis de côté : voyez les logs.")
    yield from inspect_store(store, settings, utc_now())
    store.close()


def _check_content(settings: Settings) -> Iterator[Finding]:
    try:
        knowledge = load_knowledge(extra=settings.further)
    except ContentError as error:
        yield Finding(FindingLevel.WRONG, str(error))
        return
    articles, forms = len(knowledge.articles), len(knowledge.catalogue.sous_motifs)
    yield Finding(FindingLevel.GOOD, f"{articles} articles et {forms} sous-motifs chargés.")


def _check_notice(settings: Settings) -> Iterator[Finding]:
    for name, value in (("CONTROLLER", settings.controller), ("CONTACT", settings.contact)):
        if not value:
            words = (
                f"{name} est vide, la notice sur les données personnelles est incomplète : {TELL}"
            )
            yield Finding(FindingLevel.ADVICE, words)


def check_connectors(settings: Settings) -> Iterator[Finding]:
    """Every connector is really connected to."""
    try:
        connectors = choose_connectors(settings, load_knowledge())
    except ContentError:
        return  # said above
    except SettingsError as error:
        yield Finding(FindingLevel.WRONG, str(error))
        return
    if not connectors:
        where = "vont au groupe STAFF_CHAT_ID" if settings.staff_chat_id else "restent ici"
        words = f"TICKETS_TO est vide : les demandes {where} (guichet desk list)."
        yield Finding(FindingLevel.GOOD if settings.staff_chat_id else FindingLevel.ADVICE, words)
    for name, connector in connectors.items():
        fault = asyncio.run(connector.check())
        if fault is not None:
            yield Finding(FindingLevel.WRONG, f"{name} : {fault}")
            continue
        yield Finding(FindingLevel.GOOD, f"{name} : la liaison est bonne, les demandes y partent.")
        if connector.nir is NirShown.CLEAR:
            words = (
                f"{name} : les NIR y partent en clair, chaque envoi est noté au journal ; si ce "
                "n'est pas voulu, revenez à masked."
            )
            yield Finding(FindingLevel.ADVICE, words)


def check_post(settings: Settings) -> Iterator[Finding]:
    """The server that letters to people leave by is really connected to."""
    post = build_mailer(settings)
    if post is None:
        words = f"SMTP_HOST ou MAIL_FROM est vide, personne n'est prévenu par courriel : {TELL}"
        yield Finding(FindingLevel.ADVICE, words)
        return
    fault = asyncio.run(post.server.check())
    words = f"courriel : {fault or 'la liaison est bonne, les lettres partent par là.'}"
    yield Finding(FindingLevel.WRONG if fault else FindingLevel.GOOD, words)


def _check_reminded(settings: Settings) -> Iterator[Finding]:
    """Administrators whom the conversation does not reach any more."""
    try:
        with open_store(settings).transaction() as db:
            silent = db.accounts.count_unreachable()
    except (DatabaseError, KeyFileError):
        return  # said above
    if silent:
        words = (
            f"{silent} administrateurs ne sont plus joignables dans la conversation : "
            "guichet reminders --why-not dit lesquels de leurs rappels attendent."
        )
        yield Finding(FindingLevel.ADVICE, words)


def _check_telegram(settings: Settings) -> Iterator[Finding]:
    token = settings.telegram_token.get_secret_value()
    if not token:
        words = f"TELEGRAM_TOKEN est vide, seul le terminal est ouvert : {TELL}"
        yield Finding(FindingLevel.ADVICE, words)
        return
    yield from asyncio.run(_ask_telegram(settings, token))


async def _ask_telegram(settings: Settings, token: str) -> tuple[Finding, ...]:
    """Really ask Telegram who the bot is; no error text is shown, since it may hold the token."""
    url = f"{settings.telegram_base_url}{token}/getMe"
    proxy = settings.telegram_proxy.get_secret_value() or None
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            async with session.get(url, proxy=proxy) as response:
                answer, date = await response.json(), response.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, ValueError):
        words = "Telegram ne répond pas : vérifiez le réseau, TELEGRAM_PROXY et TELEGRAM_BASE_URL."
        return (Finding(FindingLevel.WRONG, words),)
    if not answer.get("ok"):
        words = "Telegram refuse le jeton : copiez-le de nouveau depuis @BotFather."
        return (Finding(FindingLevel.WRONG, words),)
    known = Finding(
        FindingLevel.GOOD, f"Telegram répond : le bot est @{answer['result']['username']}."
    )
    return (known, *check_clock(date, utc_now()))
