"""`guichet telegram` with the send budget of a load test, which no setting gives."""

import asyncio
import gc

from support.limits import FAST

from bot.channels.telegram import run as channel
from bot.commands.common import load_app

if __name__ == "__main__":
    app = load_app()
    gc.freeze()  # as the command does
    asyncio.run(channel.run(app, limits=FAST))
