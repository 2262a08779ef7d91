"""The Telegram channel at work: it connects, hears, answers, keeps house, and stops cleanly."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from telegram import BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError

from bot.app import App
from bot.channels.telegram.delivery import GROUP_PACE, Delivery
from bot.channels.telegram.errands import Errands
from bot.channels.telegram.intake import CHANNEL, Intake
from bot.channels.telegram.line import Line
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.staff import StaffRoom
from bot.channels.telegram.staff_delivery import STAFF_LANES, StaffDelivery
from bot.channels.telegram.staff_events import Brought
from bot.channels.telegram.staff_private import StaffPrivate
from bot.conversation.wording import load_texts
from bot.domain.retry import delay_before
from bot.helpdesk import Heard
from bot.jobs.bridge import bridged
from bot.jobs.clerk import Clerk
from bot.jobs.housekeeping import keep_house
from bot.jobs.pace import Pace
from bot.jobs.rechecking import Rechecked
from bot.jobs.reminders import Reminding, keep_reminding
from bot.jobs.sender import Sender
from bot.jobs.settling import Settling
from bot.jobs.signals import stop_on_signals
from bot.settings import Settings, SettingsError

log = logging.getLogger(__name__)

AREA = "commands."
USUAL_RATE = 25.0
"""Messages a second: what Telegram bears, less a little. A load test that lifts the budget lifts
what one chat may have of it alike."""
CHAT_BURST = 4.0  # an article in parts and its question come at once, then one message a second
STAFF_RATE = 2.0  # beside the requesters' share; a group takes twenty a minute anyway
LONGEST_REST = 30.0


async def run(app: App, stopping: asyncio.Event | None = None) -> None:
    """Answer on Telegram until `stopping` is set, by default by SIGTERM or SIGINT.

    Raises:
        SettingsError: Telegram does not know the token.
    """
    stopping = stopping or stop_on_signals()
    clerk = Clerk(app.store)
    try:
        async with _connected(app.settings, stopping) as line:
            if not stopping.is_set():
                await _work(app, line, clerk, stopping)
    finally:
        clerk.close()


async def _work(app: App, line: Line, clerk: Clerk, stopping: asyncio.Event) -> None:
    settings = app.settings
    share = max(1.0, settings.send_rate / USUAL_RATE)
    app.helpdesk.answer_at(f"https://t.me/{line.username}")
    reminding = Reminding(app.helpdesk.desk, settings.calendar)
    room = StaffRoom.of(app, line)
    errands = Errands(app, room)
    intake = Intake(app.helpdesk, app.store, line, settings.staff_chats, room)
    async with asyncio.TaskGroup() as group, bridged(app, clerk) as wake_bridge:

        def wake() -> None:
            for call in (sender.wake, staff.wake, wake_bridge):
                call()

        async def take(row: int, came: Heard | Brought) -> None:
            await clerk.do(errands.take, row, came, datetime.now(UTC))
            wake()

        most = settings.piece_bytes
        chat_pace = Pace(share, burst=share * CHAT_BURST)
        chats = Delivery(line, clerk, chat_pace, take, piece_bytes=most)
        group_pace = Pace(GROUP_PACE.rate * share, GROUP_PACE.burst * share)
        private = StaffPrivate(line, clerk, take, most)
        rooms = StaffDelivery(line, clerk, app.knowledge, private, pace=group_pace)
        rechecked = Rechecked(chats, app.telling, clerk)
        sender = Sender(clerk, Settling(rechecked), lanes=f"{CHANNEL}:", rate=settings.send_rate)
        staff = Sender(clerk, Settling(rooms), lanes=STAFF_LANES, rate=share * STAFF_RATE)
        polling = Polling(line, intake, clerk, committed=wake)
        beside = [group.create_task(keep_house(clerk, settings.kept))]
        beside.append(group.create_task(_publish_commands(line)))
        beside.append(group.create_task(keep_reminding(clerk, reminding, wake=wake)))
        sending = [group.create_task(one.run()) for one in (sender, staff)]
        hearing = group.create_task(polling.run())
        await stopping.wait()
        polling.stop()
        await hearing
        for one in (sender, staff):
            one.stop()
        await asyncio.gather(*sending)
        for task in beside:
            task.cancel()


@asynccontextmanager
async def _connected(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[Line]:
    line = Line(
        settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_file_url,
    )
    try:
        await _connect(line, stopping)
        yield line
    finally:
        await line.shutdown()


async def _connect(line: Line, stopping: asyncio.Event) -> None:
    """Telegram knows us, and will be asked for updates; while it is out of reach, wait."""
    tries = 1
    while not stopping.is_set():
        try:
            await line.initialize()
            if (await line.get_webhook_info()).url:
                await line.delete_webhook()
        except InvalidToken:
            raise SettingsError(
                "Telegram ne reconnaît pas TELEGRAM_TOKEN : recopiez celui que donne @BotFather, "
                "et vérifiez TELEGRAM_BASE_URL si vous l'avez changé."
            ) from None
        except TelegramError as error:
            if tries == 1:
                log.warning("Telegram out of reach (%s), waiting", type(error).__name__)
        else:
            return
        tries += 1
        wait = min(delay_before(tries).total_seconds(), LONGEST_REST)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await stopping.wait()


async def _publish_commands(line: Line) -> None:
    """The menu of private chats, for everybody and for those whose Telegram speaks French."""
    scope = BotCommandScopeAllPrivateChats()
    menu = [
        BotCommand(key.removeprefix(AREA), words)
        for key, words in load_texts().items()
        if key.startswith(AREA)
    ]
    try:
        for language in (None, "fr"):
            await line.set_my_commands(menu, scope=scope, language_code=language)
    except TelegramError as error:
        log.warning("the command menu was not published (%s)", type(error).__name__)
