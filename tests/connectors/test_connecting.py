"""The connectors' settings: what is missing or unsafe stops the start, and the checkup connects."""

import asyncio
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld
from connectors.samples import NO_CATALOGUE
from connectors.worlds import SECRETS, HookWorld
from support.glpi import APP_TOKEN, USER_TOKEN

from bot.clock import utc_now
from bot.connectors.factory import CONNECTORS, build_connectors
from bot.connectors.glpi import GlpiConnector
from bot.connectors.zammad import ZammadConnector
from bot.monitoring.desk_checks import Finding, FindingLevel
from bot.monitoring.doctor import check_connectors
from bot.settings import Settings, SettingsError

GLPI = {"glpi_url": "https://glpi.example/apirest.php", "glpi_user_token": "token"}
MAIL = {"smtp_host": "mail.example", "mail_from": "a@b.fr", "mail_to": "c@d.fr"}
ZAMMAD = {
    "zammad_url": "https://zammad.example",
    "zammad_token": "token",
    "zammad_groups": "Support, cotisations=Retraites",
}
HOOK = {
    "ticket_webhook_url": "https://hook.example/in",
    "ticket_webhook_secrets": f"{'one' * 11}, {'two' * 11}",
}


def settings(**chosen: object) -> Settings:
    return Settings(_env_file=None, **chosen)


def test_every_connector_is_built_from_its_settings() -> None:
    built = build_connectors(
        settings(tickets_to=", ".join(CONNECTORS), **GLPI, **ZAMMAD, **MAIL, **HOOK), NO_CATALOGUE
    )
    assert list(built) == list(CONNECTORS)


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"tickets_to": "fax"}, "fax"),
        ({"tickets_to": "email", **MAIL, "mail_to": ""}, "MAIL_TO"),
        ({"tickets_to": "webhook", "ticket_webhook_url": "https://x"}, "TICKET_WEBHOOK_SECRETS"),
        ({"tickets_to": "glpi", "glpi_url": "https://x"}, "GLPI_USER_TOKEN"),
        ({"tickets_to": "glpi", **GLPI, "glpi_categories": "cotisations"}, "GLPI_CATEGORIES"),
        ({"tickets_to": "zammad", **ZAMMAD, "zammad_groups": ""}, "ZAMMAD_GROUPS"),
    ],
)
def test_what_is_missing_is_named(chosen: dict, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        build_connectors(settings(**chosen), NO_CATALOGUE)


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"tickets_to": "email", **MAIL, "email_nir": "clear", "smtp_security": "none"}, "EMAIL"),
        (
            {
                "tickets_to": "webhook",
                **HOOK,
                "ticket_webhook_nir": "clear",
                "ticket_webhook_url": "http://x",
            },
            "WEBHOOK",
        ),
        ({"tickets_to": "glpi", **GLPI, "glpi_nir": "clear", "glpi_url": "http://x"}, "GLPI"),
        (
            {
                "tickets_to": "zammad",
                **ZAMMAD,
                "zammad_nir": "clear",
                "zammad_url": "http://x",
            },
            "ZAMMAD",
        ),
    ],
)
def test_a_nir_leaves_in_clear_only_over_tls(chosen: dict, named: str) -> None:
    with pytest.raises(SettingsError, match=f"{named}_NIR"):
        build_connectors(settings(**chosen), NO_CATALOGUE)


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"tickets_to": "webhook", **HOOK, "ticket_webhook_url": "http://x"}, "TICKET_WEBHOOK_URL"),
        ({"tickets_to": "webhook", **HOOK, "ticket_webhook_url": "HTTP://10.0.0.8/"}, "TICKET"),
        ({"tickets_to": "glpi", **GLPI, "glpi_url": "http://glpi.mairie.fr"}, "GLPI_URL"),
        ({"tickets_to": "glpi", **GLPI, "glpi_url": "http://127.mairie.fr/api"}, "GLPI_URL"),
        ({"tickets_to": "zammad", **ZAMMAD, "zammad_url": "http://10.0.0.9"}, "ZAMMAD_URL"),
        (
            {"tickets_to": "email", **MAIL, "smtp_security": "none", "smtp_password": "secret"},
            "SMTP_HOST",
        ),
    ],
)
def test_secrets_leave_this_machine_encrypted_or_not_at_all(chosen: dict, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        build_connectors(settings(**chosen), NO_CATALOGUE)
    assert "ALLOW_CLEAR_LINES=true" in str(refused.value)

    assert build_connectors(settings(**chosen, allow_clear_lines=True), NO_CATALOGUE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/in", "http://localhost/", "http://[::1]/"])
def test_what_stays_on_this_machine_needs_no_encryption(url: str) -> None:
    chosen = {"tickets_to": "webhook", **HOOK, "ticket_webhook_url": url}

    assert build_connectors(settings(**chosen), NO_CATALOGUE)


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="32 caractères"):
        settings(**{**HOOK, "ticket_webhook_secrets": f"{'a' * 32}, {'b' * 31}"})


def test_categories_are_read() -> None:
    chosen = settings(tickets_to="glpi", **GLPI, glpi_categories="cotisations=12,a/b=3")
    glpi = build_connectors(chosen, NO_CATALOGUE)["glpi"]
    assert isinstance(glpi, GlpiConnector)
    assert glpi.categories == {"cotisations": 12, "a/b": 3}


def test_zammads_groups_are_read() -> None:
    zammad = build_connectors(settings(tickets_to="zammad", **ZAMMAD), NO_CATALOGUE)["zammad"]
    assert isinstance(zammad, ZammadConnector)
    assert zammad.groups == {"*": "Support", "cotisations": "Retraites"}


def test_what_every_ticket_gets_in_glpi_is_read_and_what_is_unknown_named() -> None:
    chosen = settings(tickets_to="glpi", **GLPI, glpi_ticket="entité=3, groupe=5")
    glpi = build_connectors(chosen, NO_CATALOGUE)["glpi"]
    assert isinstance(glpi, GlpiConnector)
    assert glpi.fields == {"entities_id": 3, "_groups_id_assign": 5}
    with pytest.raises(SettingsError, match="« lieu »"):
        build_connectors(chosen.model_copy(update={"glpi_ticket": ("lieu=3",)}), NO_CATALOGUE)


async def checked(chosen: Settings) -> list[Finding]:
    """As `guichet doctor` does it, beside a server that runs in this loop."""
    return await asyncio.to_thread(lambda: list(check_connectors(chosen)))


async def test_the_checkup_really_connects(tmp_path: Path) -> None:
    glpi, hook = GlpiWorld(), HookWorld(clock=utc_now)
    await glpi.open()
    await hook.open()
    good = settings(
        tickets_to="glpi,webhook",
        glpi_url=glpi.server.url,
        glpi_app_token=APP_TOKEN,
        glpi_user_token=USER_TOKEN,
        ticket_webhook_url=hook.connector.url,
        ticket_webhook_secrets=",".join(SECRETS),
        ticket_webhook_private=True,
    )
    found = await checked(good)
    assert [one.level for one in found] == [FindingLevel.GOOD, FindingLevel.GOOD]
    assert "GET getActiveProfile" in glpi.server.calls
    private = good.model_copy(update={"ticket_webhook_private": False})
    assert (await checked(private))[1].level is FindingLevel.WRONG
    other = settings(glpi_user_token="another").glpi_user_token
    wrong = good.model_copy(update={"glpi_user_token": other})
    assert "GLPI_USER_TOKEN" in (await checked(wrong))[0].words
    await glpi.close()
    assert (await checked(good))[0].level is FindingLevel.WRONG
    await hook.close()
