"""`guichet doctor`: every part of an installation tried once, and what to do about what is wrong.

It writes nothing. `bot.monitoring.desk_checks` has what is found in the database; a connector
states its own checks (`Connector.check`): nothing here knows which system stands behind it.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from bot.clock import utc_now
from bot.connectors.email import plain_address
from bot.connectors.factory import build_connectors, build_mailbox, build_mailer
from bot.domain.people import Colleague
from bot.domain.ticket_export import NirShown
from bot.monitoring.desk_checks import Finding, advice, check_register, good, read_staff, wrong
from bot.settings import Settings, SettingsError
from knowledge import ContentError, load_knowledge

TELL: Final = "renseignez-le dans .env (.env.example donne un exemple)."
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
SKEW: Final = timedelta(minutes=1)
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000  # bytes
ON_TELEGRAM: Final = "telegram:"
OUTSIDE: Final = ("left", "kicked")
_OTHERS = 0o077


def check_everything(settings: Settings, now: datetime) -> list[Finding]:
    """Every check, in the order in which faults build on each other."""
    return [
        *check_machine(settings),
        *_check_database(settings, now),
        *_check_content(settings),
        *check_connectors(settings),
        *check_mail_server(settings),
        *check_mailbox(settings),
        *_check_telegram(settings),
    ]


def _check_database(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        yield from check_register(settings, now)
    except SettingsError as error:  # an address that is not called at all
        yield wrong(str(error))


def check_machine(settings: Settings) -> Iterator[Finding]:
    """Files that others could read, and room on the disk."""
    for path in (settings.data_dir, settings.data_dir / "guichet.db", Path(".env")):
        if path.exists() and path.stat().st_mode & _OTHERS:
            mode = "700" if path.is_dir() else "600"
            yield wrong(
                f"{path} peut être lu par d'autres comptes : exécutez « chmod {mode} {path} »."
            )
    if settings.data_dir.exists():
        free = shutil.disk_usage(settings.data_dir).free
        size = f"{free // 1_000_000} Mo libres sur le disque de {settings.data_dir}"
        if free < TOO_LITTLE:
            yield wrong(f"{size} : libérez de la place, sinon plus rien ne s'enregistre.")
        elif free < LITTLE:
            yield advice(f"{size} : libérez de la place bientôt.")
        else:
            yield good(f"{size}.")


def _check_content(settings: Settings) -> Iterator[Finding]:
    """The content that is shipped, and what its notice on personal data needs to be complete."""
    try:
        knowledge = load_knowledge()
    except ContentError as error:
        yield wrong(str(error))
    else:
        articles, forms = len(knowledge.articles), len(knowledge.catalogue.sous_motifs)
        yield good(f"{articles} articles et {forms} sous-motifs chargés.")
    for name, value in (("CONTROLLER", settings.controller), ("CONTACT", settings.contact)):
        if not value:
            yield advice(
                f"{name} est vide, la notice sur les données personnelles est incomplète : {TELL}"
            )


def check_connectors(settings: Settings) -> Iterator[Finding]:
    """Every connector is really connected to."""
    try:
        connectors = build_connectors(settings, load_knowledge().catalogue)
    except ContentError:
        return  # said above
    except SettingsError as error:
        yield wrong(str(error))
        return
    if not connectors and settings.staff_chat_id:
        yield good(
            "TICKETS_TO est vide : les demandes vont au groupe STAFF_CHAT_ID (guichet desk list)."
        )
    elif not connectors:
        yield advice("TICKETS_TO est vide : les demandes restent ici (guichet desk list).")
    for name, connector in connectors.items():
        fault = asyncio.run(connector.check())
        if fault is not None:
            yield wrong(f"{name} : {fault}")
            continue
        yield good(f"{name} : la liaison est bonne, les demandes y partent.")
        if connector.nir is NirShown.CLEAR:
            yield advice(
                f"{name} : les NIR y partent en clair, chaque envoi est noté au journal ; si ce "
                "n'est pas voulu, revenez à masked."
            )


def check_mail_server(settings: Settings) -> Iterator[Finding]:
    """The server by which e-mails leave is really connected to."""
    mailer = build_mailer(settings)
    if mailer is None:
        yield advice(
            f"SMTP_HOST ou MAIL_FROM est vide, personne n'est prévenu par courriel : {TELL}"
        )
        return
    fault = asyncio.run(mailer.server.check())
    if fault:
        yield wrong(f"courriel : {fault}")
    else:
        yield good("courriel : la liaison est bonne, les lettres partent par là.")


def check_mailbox(settings: Settings) -> Iterator[Finding]:
    """The mailbox that answers come to is really opened."""
    if not settings.mail_reply_to and not settings.imap_host:
        return
    try:
        mailbox = build_mailbox(settings)
    except SettingsError as error:
        yield wrong(str(error))
        return
    fault = mailbox.check() if mailbox else None
    if fault:
        yield wrong(f"réponses par courriel : {fault}")
    elif mailbox:
        yield good(f"réponses par courriel : le dossier « {mailbox.folder} » s'ouvre.")
    else:
        yield good("réponses par courriel : attendues de guichet mail receive.")
    if plain_address(settings.mail_from) != plain_address(settings.mail_reply_to):
        yield advice(
            "réponses par courriel : les avis de non-remise vont à MAIL_FROM, que le guichet ne "
            "lit pas. Donnez à MAIL_FROM l'adresse de MAIL_REPLY_TO, ou faites-les suivre."
        )


def _check_telegram(settings: Settings) -> Iterator[Finding]:
    token = settings.telegram_token.get_secret_value()
    if not token:
        yield advice(f"TELEGRAM_TOKEN est vide, seul le terminal est ouvert : {TELL}")
        return
    try:
        yield from asyncio.run(ask_telegram(settings, token, read_staff(settings)))
    except SettingsError as error:
        yield wrong(str(error))


async def ask_telegram(
    settings: Settings, token: str, staff: Collection[Colleague]
) -> tuple[Finding, ...]:
    """Really ask Telegram who the bot is, and who is in the advisors' groups.

    No error text is shown, since it may hold the token.
    """
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:

            async def call(method: str, **params: int) -> tuple[Any, str | None]:
                url = f"{settings.telegram_api}{token}/{method}"
                async with session.get(url, params=params) as response:
                    answer = await response.json()
                    return answer.get("result"), response.headers.get("Date")

            me, date = await call("getMe")
            if not me:
                return (
                    wrong("Telegram refuse le jeton : copiez-le de nouveau depuis @BotFather."),
                )
            known = good(f"Telegram répond : le bot est @{me['username']}.")
            in_groups = [one async for one in _check_groups(call, settings.staff_chats, staff)]
            return (known, *check_clock(date, utc_now()), *in_groups)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return (
            wrong("Telegram ne répond pas : vérifiez le réseau, HTTPS_PROXY et TELEGRAM_BASE_URL."),
        )


async def _check_groups(
    call: Callable[..., Awaitable[tuple[Any, str | None]]],
    groups: Collection[int],
    staff: Collection[Colleague],
) -> AsyncIterator[Finding]:
    """Each difference between the people of the desk and those of its groups.

    Whoever administers a group reads every request in it; an advisor who has left it still has a
    role. A bot cannot list the other members.
    """
    colleagues = {one.address: one for one in staff if one.address.startswith(ON_TELEGRAM)}
    present: set[str] = set()
    for chat_id in groups:
        administrators, _ = await call("getChatAdministrators", chat_id=chat_id)
        if administrators is None:
            yield wrong(
                f"Le groupe {chat_id} ne se lit pas : vérifiez STAFF_CHAT_ID, et que le bot y est "
                "administrateur."
            )
            return
        for one in administrators:
            user = one["user"]
            address = f"{ON_TELEGRAM}{user['id']}"
            if not user["is_bot"] and address not in colleagues:
                name = " ".join(filter(None, (user["first_name"], user.get("last_name"))))
                yield advice(
                    f"« {name} » ({address}) administre le groupe {chat_id} et n'est pas du "
                    "bureau : guichet staff add, ou retirez-lui ce rôle dans Telegram."
                )
        for address in colleagues:
            number = int(address.removeprefix(ON_TELEGRAM))
            member, _ = await call("getChatMember", chat_id=chat_id, user_id=number)
            if member and member["status"] not in OUTSIDE:
                present.add(address)
    for address in sorted(colleagues.keys() - present) if groups else ():
        yield advice(
            f"« {colleagues[address].name} » ({address}) est du bureau et dans aucun de ses "
            f"groupes : guichet staff remove {address}, ou ajoutez cette personne au groupe."
        )


def check_clock(told: str | None, now: datetime) -> Iterator[Finding]:
    """Our clock beside the one of whoever answered (the `Date` of HTTP)."""
    try:
        theirs = parsedate_to_datetime(told or "")
    except ValueError:
        return
    skew = abs(now - theirs.astimezone(UTC))
    if skew > SKEW:
        yield wrong(
            f"L'horloge de cette machine est décalée de {int(skew.total_seconds())} s : "
            "réglez-la (timedatectl set-ntp true)."
        )
