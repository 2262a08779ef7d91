"""A fair peer: python-telegram-bot with concurrent updates, on the same dialogue, stateless.

It answers each step with what the dialogue waits for next, keeps nothing, and repeats nothing
after a crash: what it does more of in a second is the price of what the desk promises.
"""

import os
from collections import Counter
from typing import Any

from support.whole_request import DIALOGUE
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

steps: Counter[int] = Counter()


async def answer(update: Update, _: Any) -> None:
    """What the dialogue waits for next, under the button that it presses then."""
    chat = update.effective_chat
    assert chat is not None
    if update.callback_query is not None:
        await update.callback_query.answer()
    place = steps[chat.id] % len(DIALOGUE)
    steps[chat.id] += 1
    verb, what, _then = DIALOGUE[(place + 1) % len(DIALOGUE)]
    rows = [[InlineKeyboardButton(what.strip("^$"), callback_data=str(place))]]
    keyboard = InlineKeyboardMarkup(rows) if verb == "press" else None
    await chat.send_message(DIALOGUE[place][2].strip("^$"), reply_markup=keyboard)


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_TOKEN"])
        .base_url(os.environ["TELEGRAM_BASE_URL"])
        .concurrent_updates(True)
        .connection_pool_size(256)
        .pool_timeout(60)
        .build()
    )
    application.add_handler(MessageHandler(filters.ALL, answer))
    application.add_handler(CallbackQueryHandler(answer))
    application.run_polling()


if __name__ == "__main__":
    main()
