"""The Telegram channel at work: it connects, hears, answers, keeps house, and stops cleanly.

Any number of processes may do so on one database. All of them send; what only one may do (polling,
reminders, the staff groups with their limit, …) is a duty under a lease.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from bot.app import App
from bot.background.leader import LeaderTasks, stop_on_signals
from bot.background.rate_limit import RateLimit
from bot.background.reminder_delivery import RecheckedCarrier, keep_reminding
from bot.background.sender import DeliveryRecorder, Sender
from bot.background.tasks import apply_retention, deliveries
from bot.channels.telegram.absence import Absence
from bot.channels.telegram.bot_client import LineError, RefusedError, TokenError
from bot.channels.telegram.delivery import GROUP_PACE, Delivery
from bot.channels.telegram.intake import CHANNEL, Errands, Intake
from bot.channels.telegram.latecomers import Latecomers
from bot.channels.telegram.line import Line
from bot.channels.telegram.lookout import Lookout
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.receiver import Receiver, pause
from bot.channels.telegram.staff.commands import AdvisorCommands
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.topics import STAFF_LANES, TopicDelivery
from bot.channels.telegram.staff.updates import Brought
from bot.channels.telegram.turnstile import LANES as LATE_LANES
from bot.channels.telegram.turnstile import USUAL, Turnstile
from bot.channels.telegram.webhook import check_address, point_here, pointed_at
from bot.clock import utc_now
from bot.conversation.texts import load_texts
from bot.domain.delivery import delay_before
from bot.monitoring.alerts import Monitor, monitored
from bot.monitoring.health import ConnectionStatus, Health
from bot.services.helpdesk import IncomingEvent
from bot.services.reminders import DailyReminders
from bot.settings import Settings, SettingsError
from bot.storage.db_thread import DatabaseThread

log = logging.getLogger(__name__)

AREA = "commands."
PRIVATE_CHATS = {"type": "all_private_chats"}
USUAL_RATE = 25.0
"""Messages a second: what Telegram bears, less a little. A load test that lifts the budget lifts
what one chat may have of it alike."""
CHAT_BURST = 4.0  # an article in parts and its question come at once, then one message a second
PROCESSES_AT_FIRST = 4  # until the leases say how many there are, in a moment
STAFF_RATE = 2.0  # beside the requesters' share; a group takes twenty a minute anyway
LONGEST_REST = 30.0


async def run(app: App, stopping: asyncio.Event | None = None) -> None:
    """Answer on Telegram until `stopping` is set, by default by SIGTERM or SIGINT.

    Raises:
        SettingsError: Telegram does not know the token, or refuses the address of the webhook.
    """
    stopping = stopping or stop_on_signals()
    if app.settings.webhook_url:
        check_address(app.settings)
    clerk, pulse = DatabaseThread(app.store), ConnectionStatus()
    line = _line(app.settings, pulse)
    health = Health(app, pulse)
    watch = Monitor(health, app.settings, ask=partial(line.call, "getMe"), post=app.post)
    try:
        async with monitored(health, watch, app.settings), _connected(line, app.settings, stopping):
            if not stopping.is_set():
                await _Counter(app, line, clerk).work(stopping)
    finally:
        clerk.close()


def _line(settings: Settings, pulse: ConnectionStatus) -> Line:
    return Line(
        settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_base_url,
        proxy=settings.telegram_proxy.get_secret_value(),
        pulse=pulse,
    )


class _Counter:
    """One process at work, from the moment that Telegram knows us."""

    def __init__(self, app: App, line: Line, clerk: DatabaseThread) -> None:
        self._app = app
        self._line = line
        self._clerk = clerk
        share = max(1.0, app.settings.send_rate / USUAL_RATE)
        self._share = share
        app.helpdesk.learn_bot_link(f"https://t.me/{line.username}")
        room = AdvisorCommands.of(app, line)
        self._errands = Errands(app, room)
        usual = RateLimit(USUAL.rate * share, USUAL.burst * share)
        groups, turnstile = app.settings.staff_chats, Turnstile(usual)
        intake = Intake(app.helpdesk, app.store, line, groups, room, turnstile=turnstile)
        self._taking = Receiver(line, intake, clerk)
        pace, most = RateLimit(share, burst=share * CHAT_BURST), app.settings.piece_bytes
        chats = Delivery(line, clerk, pace, self._take, piece_bytes=most)
        rate = app.settings.send_rate
        rechecked = RecheckedCarrier(chats, app.reminder_messages, clerk)
        self._sender = Sender(clerk, DeliveryRecorder(rechecked), lanes=f"{CHANNEL}:", rate=rate)
        late = Latecomers(intake, clerk, pace=usual)
        self._late = Sender(clerk, DeliveryRecorder(late), lanes=LATE_LANES, rate=rate)

    async def _take(self, row: int, came: IncomingEvent | Brought) -> None:
        """What an errand has brought: the conversation or the staff room hears of it, once."""
        await self._clerk.do(self._errands.take, row, came, utc_now())

    async def work(self, stopping: asyncio.Event) -> None:
        """Hear and answer until `stopping`; then what is under way is finished."""
        async with AsyncExitStack() as door:
            if self._app.settings.webhook_url:
                await door.enter_async_context(self._listening(stopping))
            async with asyncio.TaskGroup() as group, deliveries(self._app, self._clerk):
                menu = group.create_task(_publish_commands(self._line))
                self._sender.share(PROCESSES_AT_FIRST)
                sending = [group.create_task(one.run()) for one in (self._sender, self._late)]
                await self._duties().run(stopping)
                await door.aclose()
                await self._taking.farewell()
                for one in (self._sender, self._late):
                    one.stop()
                await asyncio.gather(*sending)
                menu.cancel()

    @asynccontextmanager
    async def _listening(self, stopping: asyncio.Event) -> AsyncIterator[None]:
        """The webhook at work: first the door is open, then Telegram is told of it."""
        # Loaded here: who asks Telegram for updates needs no web server.
        from bot.channels.telegram.webhook import listening

        settings = self._app.settings
        async with listening(self._taking, settings):
            await _persist(stopping, partial(point_here, self._line, settings))
            yield

    def _duties(self) -> LeaderTasks:
        """What only one of all processes does."""
        app, clerk, taking = self._app, self._clerk, self._taking
        reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)
        duties = LeaderTasks(clerk, CHANNEL, counted=self._sender.share)
        duties.add_endless("retention", partial(apply_retention, clerk, app.settings.kept))
        duties.add_endless("reminders", partial(keep_reminding, clerk, reminding))
        duties.add("staff", self._send_to_staff)
        absent = partial(Absence, app.helpdesk, clerk)
        if app.settings.webhook_url:
            looking = partial(Lookout, self._line, clerk, app.settings)
            duties.add_endless("held texts", taking.release_held)
            duties.add("webhook", lambda over: looking(absent()).keep_looking(over))
        else:
            duties.add("polling", lambda over: Polling(taking, over, absent()).run())
        return duties

    async def _send_to_staff(self, over: asyncio.Event) -> None:
        """One process only: a group takes twenty messages a minute, whoever sends them."""
        share = self._share
        pace = RateLimit(GROUP_PACE.rate * share, GROUP_PACE.burst * share)
        most = self._app.settings.piece_bytes
        private = PrivateDelivery(self._line, self._clerk, self._take, most)
        rooms = TopicDelivery(self._line, self._clerk, self._app.knowledge, private, pace=pace)
        lanes, rate = STAFF_LANES, share * STAFF_RATE
        sender = Sender(self._clerk, DeliveryRecorder(rooms), lanes=lanes, rate=rate)
        sending = asyncio.create_task(sender.run())
        ending = asyncio.create_task(over.wait())
        try:
            await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
            sender.stop()
            await sending
        finally:
            for task in (sending, ending):
                task.cancel()


@asynccontextmanager
async def _connected(
    line: Line, settings: Settings, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Telegram knows us; while it is out of reach, wait."""

    async def greet() -> None:
        await line.greet()
        if not settings.webhook_url and (await pointed_at(line)).url:
            await line.call("deleteWebhook")

    try:
        await _persist(stopping, greet)
        yield
    finally:
        await line.close()


async def _persist(stopping: asyncio.Event, call: Callable[[], Awaitable[None]]) -> None:
    """Ask Telegram for something at the start, until it is done."""
    tries = 1
    while not stopping.is_set():
        try:
            await call()
        except TokenError:
            raise SettingsError(
                "Telegram ne reconnaît pas TELEGRAM_TOKEN : recopiez celui que donne @BotFather, "
                "et vérifiez TELEGRAM_BASE_URL si vous l'avez changé."
            ) from None
        except RefusedError as error:
            # The ports are those of the Bot API's setWebhook.
            log.warning("Telegram refuses the webhook: %s", error)
            raise SettingsError(
                "Telegram refuse l'adresse de WEBHOOK_URL (le journal dit pourquoi) : il en faut "
                "une en https, connue sur Internet, au port 443, 80, 88 ou 8443. Corrigez-la, ou "
                "videz-la pour que le guichet demande lui-même ses messages à Telegram."
            ) from None
        except LineError as error:
            if tries == 1:
                log.warning("Telegram out of reach (%s), waiting", type(error).__name__)
        else:
            return
        tries += 1
        await pause(stopping, min(delay_before(tries).total_seconds(), LONGEST_REST))


async def _publish_commands(line: Line) -> None:
    """The menu of private chats, for everybody and for those whose Telegram speaks French."""
    menu = [
        {"command": key.removeprefix(AREA), "description": words}
        for key, words in load_texts().items()
        if key.startswith(AREA)
    ]
    try:
        for language in ("", "fr"):
            await line.call(
                "setMyCommands", commands=menu, scope=PRIVATE_CHATS, language_code=language
            )
    except LineError as error:
        log.warning("the command menu was not published (%s)", type(error).__name__)
