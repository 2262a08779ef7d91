"""A desk that spins for ever over one word: its channel's renderer does, for there it is handed in.

SPIN=python TURN_LIMIT=1 python -m support.spinning
"""

import asyncio
import os
import re
from collections.abc import Iterator

from support.limits import FAST

from bot import logs
from bot.app import build_app
from bot.channels.formatting import render_telegram
from bot.channels.telegram.run import run
from bot.conversation.effects import Ask, Reply, Say
from bot.conversation.events import Typed
from bot.conversation.texts import fill
from bot.domain.delivery import OutgoingMessage
from bot.services.helpdesk_config import IncomingEvent
from bot.settings import Settings

WORD = "tournicoti"


def render(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:
    typed = heard.event.text if isinstance(heard.event, Typed) else ""
    shown = fill(reply.text) if isinstance(reply, Say | Ask) else ""
    if WORD in typed or WORD in shown:
        if os.environ["SPIN"] == "pattern":
            re.match(r"(a+)+$", "a" * 60 + "!")  # in C: no other thread of Python runs meanwhile
        while True:
            pass
    yield from render_telegram(reply, turn, heard)


def main() -> None:
    logs.start()
    settings = Settings(_env_file=None)
    app = build_app(settings, {"telegram": render})
    asyncio.run(run(app, limits=FAST, turn_limit=float(os.environ["TURN_LIMIT"])))


if __name__ == "__main__":
    main()
