"""What everybody is told of the desk: how long things are kept, and where the bot is."""

from pathlib import Path

import pytest
from services.conftest import Desk

from bot.app import build_app
from bot.channels import terminal
from bot.settings import Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ("24 heures, et une heure pour le NIR", "trois ans après la clôture")),
        (
            {"draft_hours": 72, "nir_hours": 6, "ticket_days": 365},
            ("trois jours, et six heures pour le NIR", "un an après la clôture"),
        ),
        ({"nir_hours": 24, "ticket_days": 90}, ("24 heures pour le NIR", "90 jours après")),
    ],
)
def test_the_privacy_notice_says_what_the_settings_say(
    tmp_path: Path, settings: dict[str, int], said: tuple[str, ...]
) -> None:
    made = Settings(_env_file=None, data_dir=tmp_path / "data", **settings)
    desk = Desk(build_app(made, {"terminal": terminal.render}))
    notice = desk.type("anne", "/confidentialite")
    for words in said:
        assert words in notice


def test_the_bots_link_is_learnt_once_and_by_all_who_write(desk: Desk) -> None:
    config = desk.app.helpdesk.config
    assert desk.app.reminder_messages.config.bot_link.url == ""
    desk.app.helpdesk.learn_bot_link("https://t.me/guichet_bot")
    desk.app.helpdesk.learn_bot_link("https://t.me/autre_bot")
    assert config.bot_link.url == "https://t.me/guichet_bot"
    assert desk.app.reminder_messages.config.bot_link.url == "https://t.me/guichet_bot"
