"""The Telegram channel at work: it connects, hears, answers, and stops cleanly.

Any number of processes may do so on one database. What only one may do (polling, reminders, the
staff groups with their limit, …) is done under a lease.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from telegram import BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.app import App
from bot.background.leader import LeaderTasks, stop_on_signals
from bot.background.reminder_delivery import RecheckedCarrier, keep_reminding
from bot.background.sender import DeliveryRecorder, Sender
from bot.background.tasks import apply_retention, deliveries
from bot.background.watchdog import TURN_LIMIT, Watchdog
from bot.channels.telegram.bot_client import BotClient, open_bot
from bot.channels.telegram.delivery import Delivery, SendingLimits
from bot.channels.telegram.intake import CHANNEL, Intake
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.receiver import LONGEST_REST, Receiver, pause
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.topics import STAFF_LANES, TopicDelivery
from bot.clock import utc_now
from bot.conversation.texts import load_texts
from bot.domain.delivery import delay_before
from bot.monitoring.alerts import Monitor, monitored
from bot.monitoring.health import ConnectionStatus, Health
from bot.services.reminders import DailyReminders
from bot.settings import Settings, SettingsError
from bot.storage.db_thread import DatabaseThread

log = logging.getLogger(__name__)

AREA = "commands."
PROCESSES_AT_FIRST = 4  # until the leases say how many there are, in a moment

Clock = Callable[[], datetime]


def _now() -> datetime:
    return utc_now()


async def run(
    app: App,
    stopping: asyncio.Event | None = None,
    *,
    clock: Clock = _now,
    turn_limit: float = TURN_LIMIT,
    limits: SendingLimits | None = None,
) -> None:
    """Answer on Telegram until `stopping` is set, by default by SIGTERM or SIGINT.

    A turn that uses more than `turn_limit` seconds of processor time ends the process. Only load
    tests have other `limits` than the settings.

    Raises:
        SettingsError: Telegram does not know the token, or refuses the address of the webhook.
    """
    stopping = stopping or stop_on_signals()
    settings = app.settings
    if settings.webhook_url:
        # Loaded where it is used: who asks Telegram for updates needs no web server.
        from bot.channels.telegram.webhook import check_address

        check_address(settings)
    clerk, pulse, watchdog = (
        DatabaseThread(app.store),
        ConnectionStatus(clock),
        Watchdog(turn_limit),
    )
    token = settings.telegram_token.get_secret_value()
    health = Health(app, pulse, clock)
    try:
        async with open_bot(token, settings.telegram_base_url, pulse) as bot:
            watch = Monitor(health, settings, ask=bot.get_me, post=app.post)
            async with monitored(health, watch, settings):
                await _persist(stopping, partial(_greet, bot, settings))
                if not stopping.is_set():
                    with watchdog.running():
                        channel = _Channel(
                            app=app,
                            bot=bot,
                            clerk=clerk,
                            clock=clock,
                            watchdog=watchdog,
                            limits=limits or SendingLimits(settings.send_rate),
                        )
                        await channel.work(stopping)
    finally:
        clerk.close()


async def _greet(bot: BotClient, settings: Settings) -> None:
    """Telegram knows us, and delivers nowhere else where it is to be asked."""
    await bot.greet()
    if not settings.webhook_url and (await bot.get_webhook_info()).url:
        await bot.delete_webhook()


@dataclass(kw_only=True)
class _Channel:
    """One process at work, from the moment that Telegram knows the bot."""

    app: App
    bot: BotClient
    clerk: DatabaseThread
    clock: Clock
    watchdog: Watchdog
    limits: SendingLimits

    def __post_init__(self) -> None:
        app, bot, clerk = self.app, self.bot, self.clerk
        self._groups = set(app.settings.staff_chats)
        app.helpdesk.learn_bot_link(f"https://t.me/{bot.username}")
        intake = Intake(app, bot, self._groups, watchdog=self.watchdog)
        self._receiver = Receiver(bot, intake, clerk, clock=self.clock)
        chats = Delivery(
            bot,
            clerk,
            self._receiver.take_file,
            limits=self.limits,
            piece_bytes=app.settings.piece_bytes,
        )
        rechecked = RecheckedCarrier(chats, app.reminder_messages, clerk, self.clock)
        self._sender = Sender(
            clerk,
            DeliveryRecorder(rechecked),
            lanes=f"{CHANNEL}:",
            rate=self.limits.overall,
            clock=self.clock,
        )

    async def work(self, stopping: asyncio.Event) -> None:
        """Hear and answer until `stopping`; then what is under way is finished."""
        async with AsyncExitStack() as door:
            if self.app.settings.webhook_url:
                await door.enter_async_context(self._listening(stopping))
            async with asyncio.TaskGroup() as group, deliveries(self.app, self.clerk, self.clock):
                menu = group.create_task(_publish_commands(self.bot))
                self._sender.share(PROCESSES_AT_FIRST)
                sending = group.create_task(self._sender.run())
                await self._duties().run(stopping)
                await door.aclose()
                await self._receiver.farewell()
                self._sender.stop()
                await sending
                menu.cancel()

    @asynccontextmanager
    async def _listening(self, stopping: asyncio.Event) -> AsyncIterator[None]:
        """The webhook at work: first the door is open, then Telegram is told of it."""
        from bot.channels.telegram.webhook import listening, point_here

        settings = self.app.settings
        async with listening(self._receiver, settings):
            await _persist(stopping, partial(point_here, self.bot, settings))
            yield

    def _duties(self) -> LeaderTasks:
        """What only one of all processes does."""
        app, clerk, clock, receiver = self.app, self.clerk, self.clock, self._receiver
        reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)
        duties = LeaderTasks(clerk, CHANNEL, counted=self._sender.share, clock=clock)
        duties.add_endless(
            "retention", partial(apply_retention, clerk, app.settings.kept, clock=clock)
        )
        duties.add_endless("reminders", partial(keep_reminding, clerk, reminding, clock=clock))
        duties.add("staff", self._send_to_staff)
        if app.settings.webhook_url:
            from bot.channels.telegram.webhook import keep_pointed

            duties.add_endless("held texts", receiver.release_held)
            duties.add("webhook", partial(keep_pointed, self.bot, app.settings))
        else:
            duties.add("polling", lambda over: Polling(receiver, over).run())
        return duties

    async def _send_to_staff(self, over: asyncio.Event) -> None:
        """One process only: a group takes twenty messages a minute, whoever sends them."""
        app, bot, clerk, clock = self.app, self.bot, self.clerk, self.clock
        most = app.settings.piece_bytes
        private = PrivateDelivery(bot, clerk, self._receiver.take_file, most, clock)
        topics = TopicDelivery(bot, clerk, app.knowledge, private, self._groups, limits=self.limits)
        rate = self.limits.staff
        sender = Sender(clerk, DeliveryRecorder(topics), lanes=STAFF_LANES, rate=rate, clock=clock)
        sending = asyncio.create_task(sender.run())
        ending = asyncio.create_task(over.wait())
        try:
            await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
            sender.stop()
            await sending
        finally:
            for task in (sending, ending):
                task.cancel()


async def _persist(stopping: asyncio.Event, call: Callable[[], Awaitable[None]]) -> None:
    """Ask Telegram for something at the start, until it is done."""
    tries = 1
    while not stopping.is_set():
        try:
            await call()
        except InvalidToken:
            raise SettingsError(
                "Telegram ne reconnaît pas TELEGRAM_TOKEN : recopiez celui que donne @BotFather, "
                "et vérifiez TELEGRAM_BASE_URL si vous l'avez changé."
            ) from None
        except BadRequest as error:
            # The ports are those of the Bot API's setWebhook.
            log.warning("Telegram refuses the webhook: %s", error)
            raise SettingsError(
                "Telegram refuse l'adresse de WEBHOOK_URL (le journal dit pourquoi) : il en faut "
                "une en https, connue sur Internet, au port 443, 80, 88 ou 8443. Corrigez-la, ou "
                "videz-la pour que le guichet demande lui-même ses messages à Telegram."
            ) from None
        except TelegramError as error:
            if tries == 1:
                log.warning("Telegram out of reach (%s), waiting", type(error).__name__)
        else:
            return
        tries += 1
        await pause(stopping, min(delay_before(tries).total_seconds(), LONGEST_REST))


async def _publish_commands(bot: BotClient) -> None:
    """The menu of private chats, for everybody and for those whose Telegram speaks French."""
    menu = [
        BotCommand(key.removeprefix(AREA), words)
        for key, words in load_texts().items()
        if key.startswith(AREA)
    ]
    try:
        for language in (None, "fr"):
            await bot.set_my_commands(
                menu, scope=BotCommandScopeAllPrivateChats(), language_code=language
            )
    except TelegramError as error:
        log.warning("the command menu was not published (%s)", type(error).__name__)
