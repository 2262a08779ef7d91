"""Telegram's limits lifted, for load tests: the channel with other ones, also as a process.

SEND_RATE=1000 python -c "from support.lifted import main; main()"
"""

import asyncio
import os

from bot.app import App
from bot.background.rate_limit import RateLimit
from bot.channels.telegram.delivery import SendingLimits
from bot.channels.telegram.run import run
from bot.commands.common import load_app

USUAL = SendingLimits()


def limits_of(rate: float) -> SendingLimits:
    """So many messages a second over all chats, and to one chat as many times more than usual."""
    share = max(1.0, rate / USUAL.overall)
    return SendingLimits(
        overall=rate,
        chat=RateLimit(USUAL.chat.rate * share, USUAL.chat.burst * share),
        group=RateLimit(USUAL.group.rate * share, USUAL.group.burst * share),
        staff=USUAL.staff * share,
    )


LIFTED = limits_of(1000)


def take_rate() -> SendingLimits:
    """The limits for SEND_RATE, which the product itself does not take so high."""
    return limits_of(float(os.environ.pop("SEND_RATE", USUAL.overall)))


def main() -> None:
    """What `guichet telegram` does, under these limits."""
    limits = take_rate()
    app: App = load_app()
    asyncio.run(run(app, limits=limits))
