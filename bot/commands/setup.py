"""What every subcommand begins with: settings read, logging set, the application built."""

import atexit

from bot import logs
from bot.app import App, build_app, open_store
from bot.channels import formatting, terminal
from bot.channels.telegram import rendering as telegram
from bot.settings import Settings
from bot.storage.store import Store

RENDERERS = {
    "terminal": terminal.render,
    "telegram": telegram.render,
    "mail": formatting.render_letter,
}


def load_settings() -> Settings:
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    return settings


def load_app() -> App:
    app = build_app(load_settings(), RENDERERS)
    atexit.register(app.store.close)
    return app


def load_store() -> Store:
    """The register alone, for commands that only read or mend it."""
    store = open_store(load_settings())
    atexit.register(store.close)  # what it sealed is counted
    return store
