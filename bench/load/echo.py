"""The bare library: an echo of the same dialogue, with its default settings and no durability."""

import os
from collections import Counter
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

from load.people import DIALOGUE

said: Counter[int] = Counter()


async def answer(update: Update, _: Any) -> None:
    """What the dialogue waits for next, under the button that it presses then."""
    chat = update.effective_chat
    assert chat is not None
    if update.callback_query is not None:
        await update.callback_query.answer()
    place = said[chat.id] % len(DIALOGUE)
    said[chat.id] += 1
    verb, what, _then = DIALOGUE[(place + 1) % len(DIALOGUE)]
    rows = [[InlineKeyboardButton(what.strip("^$"), callback_data=str(place))]]
    keyboard = InlineKeyboardMarkup(rows) if verb == "press" else None
    await chat.send_message(DIALOGUE[place][2].strip("^$"), reply_markup=keyboard)


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_TOKEN"])
        .base_url(os.environ["TELEGRAM_BASE_URL"])
        .build()
    )
    application.add_handler(MessageHandler(filters.ALL, answer))
    application.add_handler(CallbackQueryHandler(answer))
    application.run_polling()


if __name__ == "__main__":
    main()
