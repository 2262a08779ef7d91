"""`guichet doctor`: every part of an installation tried once, and what to do about what is wrong.

It writes nothing. `bot.monitoring.desk_checks` has what is found in the register; a connector
states its own checks (`Connector.check`): nothing here knows which system stands behind it.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import aiohttp

from bot.app import choose_connectors
from bot.clock import utc_now
from bot.connectors.factory import build_mailer
from bot.domain.ticket_export import NirShown
from bot.monitoring.desk_checks import Finding, FindingLevel, check_register
from bot.settings import Settings, SettingsError
from knowledge import ContentError, load_knowledge

TELL: Final = "renseignez-le dans .env (.env.example donne un exemple)."
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
SKEW: Final = timedelta(minutes=1)
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000  # bytes
_OTHERS = 0o077


def check_everything(settings: Settings, now: datetime) -> list[Finding]:
    """Every check, in the order in which faults build on each other."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: check_machine(settings),
        lambda: check_register(settings, now),
        lambda: _check_content(settings),
        lambda: _check_notice(settings),
        lambda: check_connectors(settings),
        lambda: check_post(settings),
        lambda: _check_telegram(settings),
    ]
    return [finding for check in checks for finding in check()]


def check_machine(settings: Settings) -> Iterator[Finding]:
    """Files that others could read, and room on the disk."""
    for path in (settings.data_dir, settings.data_dir / "guichet.db", Path(".env")):
        if path.exists() and path.stat().st_mode & _OTHERS:
            mode = "700" if path.is_dir() else "600"
            words = f"{path} peut être lu par d'autres comptes : exécutez « chmod {mode} {path} »."
            yield Finding(FindingLevel.WRONG, words)
    if settings.data_dir.exists():
        free = shutil.disk_usage(settings.data_dir).free
        yield _disk_space(free, settings.data_dir)


def _disk_space(free: int, folder: Path) -> Finding:
    size = f"{free // 1_000_000} Mo libres sur le disque de {folder}"
    if free < TOO_LITTLE:
        return Finding(
            FindingLevel.WRONG, f"{size} : libérez de la place, sinon plus rien ne s'enregistre."
        )
    if free < LITTLE:
        return Finding(FindingLevel.ADVICE, f"{size} : libérez de la place bientôt.")
    return Finding(FindingLevel.GOOD, f"{size}.")


def _check_content(_: Settings) -> Iterator[Finding]:
    try:
        knowledge = load_knowledge()
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
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
            async with session.get(url) as response:
                answer, date = await response.json(), response.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, ValueError):
        words = "Telegram ne répond pas : vérifiez le réseau, HTTPS_PROXY et TELEGRAM_BASE_URL."
        return (Finding(FindingLevel.WRONG, words),)
    if not answer.get("ok"):
        words = "Telegram refuse le jeton : copiez-le de nouveau depuis @BotFather."
        return (Finding(FindingLevel.WRONG, words),)
    known = Finding(
        FindingLevel.GOOD, f"Telegram répond : le bot est @{answer['result']['username']}."
    )
    return (known, *check_clock(date, utc_now()))


def check_clock(told: str | None, now: datetime) -> Iterator[Finding]:
    """Our clock beside the one of whoever answered (the `Date` of HTTP)."""
    try:
        theirs = parsedate_to_datetime(told or "")
    except ValueError:
        return
    skew = abs(now - theirs.astimezone(UTC))
    if skew > SKEW:
        words = f"L'horloge de cette machine est décalée de {int(skew.total_seconds())} s"
        yield Finding(FindingLevel.WRONG, f"{words} : réglez-la (timedatectl set-ntp true).")
