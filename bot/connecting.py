"""Connecting: the settings of the connectors, and the connectors made from them.

A setting that is missing, or that would let a NIR leave in clear over a line that anybody can read,
stops the start and says which one it is. What speaks HTTP is loaded only where it is named: a
terminal should open without waiting for it.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot.connectors import Connector, ConsoleConnector
from bot.connectors.email import EmailConnector, Mailer, MailServer
from bot.connectors.ticket_text import TicketFormatter
from bot.domain.errors import StartError
from bot.domain.ticket_export import NirShown
from bot.settings import MailSecurity

ADDRESS = re.compile(r"(?:[\w .'-]{0,80}<)?[\w.+'-]{1,64}@[\w.-]{1,190}>?")
KNOWN = ("console", "email", "webhook", "glpi")


class SettingsError(StartError):
    """A setting cannot be used; the message says which one, and what to do."""


class ConnectorSettings(BaseSettings):
    """Where filed tickets go, and what they show there."""

    tickets_to: Annotated[tuple[str, ...], NoDecode] = ()
    ticket_place: str = "guichet desk open {reference}"

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: MailSecurity = MailSecurity.STARTTLS
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = ""
    mail_to: str = ""
    email_nir: NirShown = NirShown.MASKED

    ticket_webhook_url: str = ""
    ticket_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    ticket_webhook_private: bool = False
    ticket_webhook_timeout: float = Field(default=20, gt=0, le=300)
    ticket_webhook_nir: NirShown = NirShown.MASKED
    inbound_host: str = "127.0.0.1"
    inbound_port: int = Field(default=0, ge=0, le=65535)

    glpi_url: str = ""
    glpi_app_token: SecretStr = SecretStr("")
    glpi_user_token: SecretStr = SecretStr("")
    glpi_categories: Annotated[tuple[str, ...], NoDecode] = ()
    glpi_timeout: float = Field(default=30, gt=0, le=300)
    glpi_poll_seconds: float = Field(default=60, gt=0, le=3600)
    glpi_nir: NirShown = NirShown.MASKED

    @field_validator("tickets_to", "ticket_webhook_secrets", "glpi_categories", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        """« a, b » is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("mail_from", "mail_to", "alarm_to", check_fields=False)
    @classmethod
    def _check_address(cls, value: str) -> str:
        """One address, alone or behind a name: « Guichet <guichet@mairie-exemple.fr> »."""
        if value and not ADDRESS.fullmatch(value):
            raise ValueError("écrivez une adresse électronique, comme guichet@mairie-exemple.fr")
        return value

    @property
    def can_mail(self) -> bool:
        """Whether a sender is set, so that people can be written to by e-mail."""
        return bool(self.smtp_host and self.mail_from)

    @property
    def categories(self) -> dict[str, int]:
        """GLPI's categories by the beginning of a sous-motif's path.

        Raises:
            SettingsError: an entry is not « thème/motif=12 ».
        """
        found = {}
        for entry in self.glpi_categories:
            path, _, number = entry.partition("=")
            if not path.strip() or not number.strip().isdecimal():
                raise SettingsError(
                    f"Le réglage GLPI_CATEGORIES contient « {entry} » : écrivez le début du "
                    "chemin d'un sous-motif, =, et le numéro de la catégorie (cotisations=12)."
                )
            found[path.strip()] = int(number)
        return found


def build_connectors(
    settings: ConnectorSettings, labels: Mapping[str, str]
) -> dict[str, Connector]:
    """The connectors that `TICKETS_TO` names; `labels` are those of the fields, by key.

    Raises:
        SettingsError: a name is unknown, or a setting of one is missing or unsafe.
    """
    makers = {"email": _mail, "webhook": _webhook, "glpi": _glpi}
    built: dict[str, Connector] = {}
    for name in settings.tickets_to:
        if name == "console":
            built[name] = ConsoleConnector()
        elif name in makers:
            built[name] = makers[name](settings, labels)
        else:
            known = ", ".join(KNOWN)
            raise SettingsError(
                f"Le réglage TICKETS_TO nomme « {name} », qui n'existe pas. Connus : {known}."
            )
    return built


def _mail(settings: ConnectorSettings, labels: Mapping[str, str]) -> Connector:
    _need(settings, "email", "smtp_host", "mail_from", "mail_to")
    _guard(settings.email_nir, "EMAIL_NIR", secure=settings.smtp_security is not MailSecurity.NONE)
    return EmailConnector(
        server=_mail_server(settings),
        sender=settings.mail_from,
        recipient=settings.mail_to,
        wording=_wording(settings, labels, settings.email_nir),
    )


def build_post(settings: ConnectorSettings) -> Mailer | None:
    """The way to write to people by e-mail, wherever tickets go; None where no sender is set."""
    if not settings.can_mail:
        return None
    return Mailer(server=_mail_server(settings), sender=settings.mail_from)


def _mail_server(settings: ConnectorSettings) -> MailServer:
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )


def _webhook(settings: ConnectorSettings, labels: Mapping[str, str]) -> Connector:
    from bot.connectors.http import HttpClient
    from bot.connectors.webhook import WebhookConnector

    _need(settings, "webhook", "ticket_webhook_url", "ticket_webhook_secrets")
    _guard(
        settings.ticket_webhook_nir,
        "TICKET_WEBHOOK_NIR",
        secure=_is_https(settings.ticket_webhook_url),
    )
    return WebhookConnector(
        url=settings.ticket_webhook_url,
        secrets=tuple(secret.get_secret_value() for secret in settings.ticket_webhook_secrets),
        wording=_wording(settings, labels, settings.ticket_webhook_nir),
        client=HttpClient(
            timeout=settings.ticket_webhook_timeout, public_only=not settings.ticket_webhook_private
        ),
    )


def _glpi(settings: ConnectorSettings, labels: Mapping[str, str]) -> Connector:
    from bot.connectors.glpi import GlpiConnector
    from bot.connectors.glpi_api import GlpiApi
    from bot.connectors.http import HttpClient

    _need(settings, "glpi", "glpi_url", "glpi_user_token")
    _guard(settings.glpi_nir, "GLPI_NIR", secure=_is_https(settings.glpi_url))
    line = GlpiApi(
        url=settings.glpi_url,
        app_token=settings.glpi_app_token.get_secret_value(),
        user_token=settings.glpi_user_token.get_secret_value(),
        client=HttpClient(timeout=settings.glpi_timeout),
    )
    wording = _wording(settings, labels, settings.glpi_nir)
    return GlpiConnector(line=line, wording=wording, categories=settings.categories)


def _wording(
    settings: ConnectorSettings, labels: Mapping[str, str], nir: NirShown
) -> TicketFormatter:
    return TicketFormatter(labels=labels, nir=nir, desk=settings.ticket_place)


def _need(settings: ConnectorSettings, connector: str, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not given:
            raise SettingsError(
                f"TICKETS_TO nomme « {connector} », mais {name.upper()} est vide : "
                "renseignez-le, ou retirez ce connecteur."
            )


def _guard(nir: NirShown, name: str, *, secure: bool) -> None:
    """Clear only over a line that is encrypted, to a server that proves who it is."""
    if nir is NirShown.CLEAR and not secure:
        raise SettingsError(
            f"{name}=clear demande une liaison chiffrée et vérifiée (TLS) : "
            "changez l'adresse ou la sécurité de la liaison, ou revenez à masked."
        )


def _is_https(url: str) -> bool:
    return url.lower().startswith("https://")
