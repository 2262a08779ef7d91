"""The Telegram channel at work: it connects, hears, answers, and stops cleanly.

Any number of processes may do so on one database. What only one may do (polling, reminders, the
staff groups with their limit, …) is done under a lease.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from telegram import BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.app import App
from bot.background.leader import LeaderTasks, stop_on_signals
from bot.background.rate_limit import RateLimit
from bot.background.sender import DeliveryRecorder, RecheckedDeliverer, Sender
from bot.background.tasks import apply_retention, deliveries, keep_reminding
from bot.background.watchdog import TURN_LIMIT, Watchdog
from bot.channels.telegram.bot_client import BotClient, cause_of, open_bot
from bot.channels.telegram.delivery import Delivery, SendingLimits
from bot.channels.telegram.intake import CHANNEL, Intake
from bot.channels.telegram.receiver import LONGEST_REST, Polling, Receiver, pause
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.topics import STAFF_LANES, TopicDelivery
from bot.clock import Clock, utc_now
from bot.conversation.texts import load_texts
from bot.domain.delivery import delay_before
from bot.monitoring.alerts import Monitor, monitored
from bot.monitoring.health import ConnectionStatus, Health
from bot.services.reminders import DailyReminders
from bot.settings import Settings, SettingsError
from bot.storage.store import Database, DatabaseThread

log = logging.getLogger(__name__)

AREA = "commands."


async def run(
    app: App,
    stopping: asyncio.Event | None = None,
    *,
    clock: Clock = utc_now,
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
    db_thread, watchdog = DatabaseThread(app.store), Watchdog(turn_limit)
    connection = ConnectionStatus(clock)
    token, telegram_api = settings.telegram_token.get_secret_value(), settings.telegram_api
    if settings.nir_in_chat is None and not settings.web_url.startswith("https:"):
        await db_thread.record(_say_default)
    health = Health(app, connection, clock)
    try:
        async with open_bot(token, telegram_api, connection) as bot:
            monitor = Monitor(health, settings, ping=bot.get_me, mailer=app.mailer)
            async with monitored(health, monitor, settings):
                await _persist(stopping, partial(_greet, bot, settings))
                if not stopping.is_set():
                    ready = f"@{bot.username} répond sur Telegram. Pour l'arrêter : Ctrl-C."
                    print(ready, flush=True)  # noqa: T201 -- who started it by hand waits for it
                    with watchdog.running():
                        channel = _Channel(
                            app=app,
                            bot=bot,
                            db_thread=db_thread,
                            clock=clock,
                            watchdog=watchdog,
                            limits=limits or SendingLimits(settings.send_rate),
                        )
                        await channel.work(stopping)
    finally:
        db_thread.close()


def _say_default(db: Database) -> None:
    """Say on the first start, which has no offset yet, what holds until the operator decides."""
    if db.inbox.offset(CHANNEL) is None:
        log.warning(
            "NIR_IN_CHAT n'est pas réglé : sur Telegram, aucun NIR n'est demandé (les demandes se "
            "font sans) ; NIR_IN_CHAT=true pour en demander, NIR_IN_CHAT=false pour garder ce choix"
        )


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
    db_thread: DatabaseThread
    clock: Clock
    watchdog: Watchdog
    limits: SendingLimits

    def __post_init__(self) -> None:
        self.app.helpdesk.learn_bot_link(f"https://t.me/{self.bot.username}")
        intake = Intake(self.app, self.bot, watchdog=self.watchdog)
        self._receiver = Receiver(self.bot, intake, self.db_thread, clock=self.clock)

    async def work(self, stopping: asyncio.Event) -> None:
        """Receive and answer until `stopping`; then what is under way is finished."""
        async with AsyncExitStack() as door:
            if self.app.settings.webhook_url:
                await door.enter_async_context(self._listening(stopping))
            if self.app.settings.web_port:
                from bot.channels.web.run import serving

                pages = serving(
                    self.app, self.db_thread, self.app.settings.web_port, clock=self.clock
                )
                await door.enter_async_context(pages)
            async with asyncio.TaskGroup() as group, deliveries(self.app, self.db_thread):
                menu = group.create_task(_publish_commands(self.bot))
                await self._leader_tasks().run(stopping)
                await door.aclose()
                await self._receiver.farewell()
                menu.cancel()

    @asynccontextmanager
    async def _listening(self, stopping: asyncio.Event) -> AsyncIterator[None]:
        """The webhook at work: first the door is open, then Telegram is told of it."""
        from bot.channels.telegram.webhook import listening, point_here

        settings = self.app.settings
        async with listening(self._receiver, settings):
            await _persist(stopping, partial(point_here, self.bot, settings))
            yield

    def _leader_tasks(self) -> LeaderTasks:
        """What only one of all processes does: the limits of Telegram are the bot's."""
        app, clock, receiver = self.app, self.clock, self._receiver
        reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)
        leader = LeaderTasks(self.db_thread, CHANNEL, clock=clock)
        leader.add("sender", lambda over: self._chat_sender().run(over))
        leader.add("staff", lambda over: self._staff_sender().run(over))
        leader.add_endless(
            "retention",
            partial(
                apply_retention, self.db_thread, app.settings.kept, app.advisor_desk, clock=clock
            ),
        )
        leader.add_endless(
            "reminders", partial(keep_reminding, self.db_thread, reminding, clock=clock)
        )
        if app.settings.webhook_url:
            from bot.channels.telegram.webhook import keep_pointed

            leader.add_endless("held texts", receiver.release_held)
            leader.add("webhook", partial(keep_pointed, self.bot, app.settings))
        else:
            leader.add("polling", lambda over: Polling(receiver, over).run())
        return leader

    def _chat_sender(self) -> Sender:
        """Sends to the requesters' chats."""
        chats = Delivery(
            self.bot,
            self.db_thread,
            self._receiver.take_file,
            limits=self.limits,
            piece_bytes=self.app.settings.piece_bytes,
        )
        checked = RecheckedDeliverer(chats, self.app.reminder_messages, self.db_thread, self.clock)
        overall = self.limits.overall
        limit = RateLimit(overall, burst=max(1.0, overall / 5))
        return self._sender(DeliveryRecorder(checked), f"{CHANNEL}:", limit)

    def _staff_sender(self) -> Sender:
        """Sends to the advisors' groups and private chats."""
        private = PrivateDelivery(
            self.bot,
            self.db_thread,
            self._receiver.take_file,
            self.app.settings.piece_bytes,
            self.clock,
        )
        topics = TopicDelivery(
            self.bot,
            self.db_thread,
            self.app.knowledge,
            private,
            limits=self.limits,
            clock=self.clock,
        )
        limit = RateLimit(self.limits.staff, burst=1)
        return self._sender(DeliveryRecorder(topics), STAFF_LANES, limit)

    def _sender(self, recorder: DeliveryRecorder, lanes: str, limit: RateLimit) -> Sender:
        return Sender(self.db_thread, recorder, lanes=lanes, limit=limit, clock=self.clock)


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
            log.warning("Telegram refuse l'adresse de WEBHOOK_URL : %s", error)
            raise SettingsError(
                "Telegram refuse l'adresse de WEBHOOK_URL (le journal dit pourquoi) : il en faut "
                "une en https, connue sur Internet, au port 443, 80, 88 ou 8443. Corrigez-la, ou "
                "videz-la pour que le guichet demande lui-même ses messages à Telegram."
            ) from None
        except TelegramError as error:
            if tries == 1:
                log.warning("Telegram ne répond pas (%s) : nouvel essai sous peu", cause_of(error))
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
        log.warning("le menu des commandes n'a pas été publié (%s)", cause_of(error))
