"""Settings: the only reader of the environment (and of a `.env` file), checked at the start."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.conversation.context import Rules
from bot.domain.errors import StartError
from bot.domain.reminder_rules import DEFAULT_THRESHOLDS, ReminderCalendar
from bot.domain.retention import Retention, render_period
from bot.domain.ticket_export import NirShown
from bot.domain.working_days import Region
from bot.logs import LEVELS, LogFormat
from bot.storage.keys import FILE_NAME

MAIL_ADDRESS = re.compile(r"(?:[\w .'-]{0,80}<)?[\w.+'-]{1,64}@[\w.-]{1,190}>?")
WEB_ORIGIN = re.compile(r"https?://[\w.-]{1,250}(?::\d{1,5})?/?")
CHAT = re.compile(r"-?\d{1,18}")
EXPECTED_VALUES: Final[Mapping[str, str]] = {
    "int": "écrivez un nombre entier",
    "float": "écrivez un nombre, avec un point",
    "bool": "écrivez true ou false",
    "path": "écrivez le chemin d'un dossier",
    "string": "écrivez un texte",
    "tuple": "écrivez des valeurs séparées par des virgules",
}
"""By the beginning of the validating library's name for it."""
EXPECTED_BOUNDS: Final[Mapping[str, str]] = {"ge": "au moins", "gt": "plus de", "le": "au plus"}


GLPI_FIELDS: Final[Mapping[str, str]] = {
    "entite": "entities_id",
    "source": "requesttypes_id",
    "groupe": "_groups_id_assign",
    "urgence": "urgency",
}
"""What GLPI_TICKET may give every ticket, and GLPI's own names for it."""
SHORTEST_SECRET: Final = 32  # characters: as many as cannot be guessed


class SettingsError(StartError):
    """A setting cannot be used; the message says which one, and what to do."""


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected; anything but `NONE` checks the server's
    certificate."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """What systemd hands to its services in the environment; nothing of it anywhere else."""

    notify_socket: str = ""
    watchdog_seconds: float = 0.0
    credentials: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """By the names of sd_notify(3), sd_watchdog_enabled(3) and systemd.exec(5)."""
        credentials = environment.get("CREDENTIALS_DIRECTORY")
        return cls(
            notify_socket=environment.get("NOTIFY_SOCKET", ""),
            watchdog_seconds=int(environment.get("WATCHDOG_USEC") or 0) / 1_000_000,
            credentials=Path(credentials) if credentials else None,
        )


class Settings(BaseSettings):
    """Every setting, by the name it has in the environment (upper case). Durations are in hours."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # editors on Windows begin it with a byte order mark
        env_ignore_empty=True,
        extra="ignore",
    )

    data_dir: Path = Path("data")
    keys_folder: Path | None = None
    database_url: str = ""
    log_level: str = "WARNING"
    log_format: LogFormat = LogFormat.PLAIN

    health_port: int = Field(default=0, ge=0, le=65535)
    alarm_to: str = ""
    audit_head_to: str = ""
    reveals_a_day: int = Field(default=50, ge=1)

    telegram_token: SecretStr = SecretStr("")
    telegram_base_url: str = "https://api.telegram.org/bot"
    webhook_url: str = ""
    listen_host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    staff_chat_id: Annotated[tuple[int, ...], NoDecode] = ()
    staff_queues: Annotated[tuple[str, ...], NoDecode] = ()
    send_rate: float = Field(default=25, gt=0, le=30)

    web_port: int = Field(default=0, ge=0, le=65535)
    web_url: str = ""
    web_hours: int = Field(default=24, ge=1, le=24 * 30)
    web_proxies: Annotated[tuple[str, ...], NoDecode] = ()

    nir_in_chat: bool | None = None
    reveal_in_telegram: bool = False
    controller: str = ""
    contact: str = ""
    dpo: str = ""
    draft_hours: int = Field(default=24, ge=1, le=24 * 30)
    nir_hours: int = Field(default=1, ge=1, le=24)
    reopen_days: int = Field(default=30, ge=0, le=365)
    ticket_days: int = Field(default=3 * 365, ge=1, le=100 * 365)
    open_ticket_months: int = Field(default=12, ge=1, le=120)
    silent_months: int = Field(default=24, ge=1, le=120)
    audit_days: int = Field(default=365, ge=183, le=3 * 365)  # CNIL, délibération 2021-122
    piece_megabytes: int = Field(default=10, ge=1, le=20)  # Telegram gives no larger ones out

    account_months: int = Field(default=18, ge=1, le=18)
    reminder_windows: Annotated[tuple[int, ...], NoDecode] = DEFAULT_THRESHOLDS
    holidays: Region = Region.METROPOLE
    telegram_username: str = ""

    tickets_to: Annotated[tuple[str, ...], NoDecode] = ()
    ticket_place: ClassVar[str] = "guichet desk open {reference}"
    """Where a ticket is seen whole, as other systems are told; the same at every desk."""

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: MailSecurity = MailSecurity.STARTTLS
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = ""
    mail_to: str = ""
    email_nir: NirShown = NirShown.MASKED
    mail_reply_to: str = ""
    mail_reply_plus: bool = True
    imap_host: str = ""
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: MailSecurity = MailSecurity.TLS
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"

    ticket_webhook_url: str = ""
    ticket_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    ticket_webhook_private: bool = False
    allow_clear_lines: bool = False
    ticket_webhook_nir: NirShown = NirShown.MASKED
    inbound_port: int = Field(default=0, ge=0, le=65535)

    glpi_url: str = ""
    glpi_app_token: SecretStr = SecretStr("")
    glpi_user_token: SecretStr = SecretStr("")
    glpi_categories: Annotated[tuple[str, ...], NoDecode] = ()
    glpi_ticket: Annotated[tuple[str, ...], NoDecode] = ()
    glpi_notify: bool = False
    glpi_nir: NirShown = NirShown.MASKED

    zammad_url: str = ""
    zammad_token: SecretStr = SecretStr("")
    zammad_groups: Annotated[tuple[str, ...], NoDecode] = ()
    zammad_customer: str = ""
    zammad_notify: bool = False
    zammad_nir: NirShown = NirShown.MASKED

    @field_validator(
        "staff_chat_id",
        "staff_queues",
        "reminder_windows",
        "tickets_to",
        "ticket_webhook_secrets",
        "glpi_categories",
        "web_proxies",
        "zammad_groups",
        "glpi_ticket",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """« a, b » is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("ticket_webhook_secrets")
    @classmethod
    def _check_secrets(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(one.get_secret_value()) < SHORTEST_SECRET for one in secrets):
            raise ValueError(
                f"il faut {SHORTEST_SECRET} caractères ou plus : openssl rand -hex 32 en fait un"
            )
        return secrets

    @field_validator("mail_from", "mail_to", "mail_reply_to", "alarm_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        """One address, alone or behind a name: « Guichet <guichet@mairie-exemple.fr> »."""
        if value and not MAIL_ADDRESS.fullmatch(value):
            raise ValueError("écrivez une adresse électronique, comme guichet@mairie-exemple.fr")
        return value

    @field_validator("audit_head_to")
    @classmethod
    def _check_head(cls, value: str) -> str:
        if "://" in value and not value.startswith("https://"):
            raise ValueError("écrivez un fichier, une adresse électronique, ou une adresse https")
        return value

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"écrivez {' ou '.join(LEVELS)}")
        return value.upper()

    @field_validator("data_dir", "keys_folder")
    @classmethod
    def _check_path(cls, value: Path | None) -> Path | None:
        if "\0" in str(value):
            raise ValueError("écrivez le chemin d'un dossier")
        return value

    @field_validator("reminder_windows")
    @classmethod
    def _check_thresholds(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        """Whole days before the date, from the day before to a year; largest first."""
        if not days or any(not 1 <= one <= 366 for one in days):
            raise ValueError("écrivez des nombres de jours de 1 à 366, séparés par des virgules")
        return tuple(sorted(set(days), reverse=True))

    @field_validator("web_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_address(one)) for one in value)
        except ValueError:
            raise ValueError("écrivez les adresses IP de vos serveurs mandataires") from None

    @field_validator("web_url")
    @classmethod
    def _check_web_url(cls, value: str) -> str:
        """An origin: scheme, host and port, without a path."""
        if value and not WEB_ORIGIN.fullmatch(value):
            raise ValueError("écrivez l'adresse publique seule, comme https://aide.exemple.fr")
        return value.rstrip("/")

    @field_validator("staff_queues")
    @classmethod
    def _check_queues(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            queue, _, chat = entry.partition(":")
            if not queue.strip() or not CHAT.fullmatch(chat.strip()):
                raise ValueError("écrivez file:numéro du groupe, par exemple retraite:-1001234")
        return value

    @property
    def keys_dir(self) -> Path:
        """The folder of the key file: beside the database unless another is set."""
        return self.keys_folder or self.data_dir / "keys"

    @property
    def answers_dir(self) -> Path:
        """The operator's own canned answers, where there are any."""
        return self.data_dir / "reponses"

    @property
    def database(self) -> str | Path:
        """The database's address, or the SQLite file in the data folder where none is set.

        Raises:
            SettingsError: it stands on another machine, and the line is not encrypted.
        """
        if not self.database_url:
            return (self.data_dir / "guichet.db").resolve()
        options = dict(parse_qsl(self.database_url.partition("?")[2]))
        host = options.get("host") or _host_in(self.database_url)
        is_local = not host or host.startswith("/") or self.database_url.startswith("sqlite")
        encrypted = is_local or options.get("sslmode") in {"require", "verify-ca", "verify-full"}
        require_safe_line(self, "DATABASE_URL", host, encrypted=encrypted)
        return self.database_url

    @property
    def telegram_api(self) -> str:
        """The address of the Bot API. Raises SettingsError: the token would leave in clear."""
        base = self.telegram_base_url
        encrypted = base.lower().startswith("https://")
        require_safe_line(self, "TELEGRAM_BASE_URL", _host_in(base), encrypted=encrypted)
        return base

    @property
    def rules(self) -> Rules:
        group = ("staff_group",) if self.staff_chats else ()
        sent_to = (one for one in self.tickets_to if one != "console")
        return Rules(
            controller=self.controller,
            contact=self.contact,
            dpo=self.dpo,
            recipients=("advisors", *group, *sent_to),
            on_telegram=bool(self.telegram_token.get_secret_value()),
            silent=f"{self.silent_months} mois",
            retention=f"{render_period(self.kept.ticket)} après la clôture de la demande",
            draft_kept=render_period(self.kept.draft),
            nir_kept=render_period(self.kept.nir),
            reopen_days=self.reopen_days,
            months=self.account_months,
            calendar=self.calendar,
            link=self.bot_link,
            web=self.web_url,
            is_connected=bool(self.tickets_to or self.staff_chat_id),
            piece_bytes=self.piece_bytes,
            can_mail=self.can_mail,
        )

    @property
    def bot_link(self) -> str:
        """Where the bot is found on Telegram; empty while its name is not set."""
        name = self.telegram_username.removeprefix("@")
        return f"https://t.me/{name}" if name else ""

    @property
    def piece_bytes(self) -> int:
        return self.piece_megabytes * 1_000_000

    @property
    def calendar(self) -> ReminderCalendar:
        return ReminderCalendar(thresholds=self.reminder_windows, region=self.holidays)

    @property
    def staff_chats(self) -> tuple[int, ...]:
        """Every group that is the desk's own."""
        return tuple(dict.fromkeys((*self.staff_chat_id, *self.staff_groups.values())))

    @property
    def staff_groups(self) -> dict[str, int]:
        """Staff groups by queue; the first of STAFF_CHAT_ID has what no other one has."""
        groups = {"": self.staff_chat_id[0]} if self.staff_chat_id else {}
        for entry in self.staff_queues:
            queue, _, chat = entry.partition(":")
            groups[queue.strip()] = int(chat)
        return groups

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
        return _numbers(
            "GLPI_CATEGORIES",
            self.glpi_categories,
            "le début du chemin d'un sous-motif, =, et le numéro de la catégorie (cotisations=12)",
        )

    @property
    def glpi_fields(self) -> dict[str, int]:
        """What every ticket in GLPI gets besides, by GLPI's own names.

        Raises:
            SettingsError: an entry is not « entite=3 », or names something else.
        """
        known = ", ".join(GLPI_FIELDS)
        plain = (one.replace("é", "e") for one in self.glpi_ticket)
        asked = _numbers("GLPI_TICKET", plain, f"un nom ({known}), =, et un numéro (groupe=5)")
        if unknown := asked.keys() - GLPI_FIELDS.keys():
            named = ", ".join(sorted(unknown))
            raise SettingsError(f"Le réglage GLPI_TICKET nomme « {named} ». Connus : {known}.")
        return {GLPI_FIELDS[name]: number for name, number in asked.items()}

    @property
    def zammad_groups_by_path(self) -> dict[str, str]:
        """Zammad's groups by the beginning of a sous-motif's path; one alone is for all others."""
        entries = (one.rpartition("=") for one in self.zammad_groups)
        return {path.strip() or "*": group.strip() for path, _, group in entries}

    @property
    def kept(self) -> Retention:
        return Retention(
            draft=timedelta(hours=self.draft_hours),
            nir=timedelta(hours=self.nir_hours),
            ticket=timedelta(days=self.ticket_days),
            open_ticket=timedelta(days=365 * self.open_ticket_months // 12),
            silent=timedelta(days=365 * self.silent_months // 12),
            audit=timedelta(days=self.audit_days),
            web=timedelta(hours=self.web_hours),
        )

    @classmethod
    def load(cls) -> Self:
        """The settings of this process; what is not set there may be a credential of systemd's.

        A credential has the name of a setting in lower case (`telegram_token`), or is the key file.

        Raises:
            SettingsError: one of them cannot be used.
        """
        credentials = Systemd.read().credentials
        try:
            settings = cls(_secrets_dir=credentials)  # type: ignore[call-arg]  # of its base class
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0]).upper()
            raise SettingsError(
                f"Le réglage {name} (environnement ou fichier .env) est inutilisable : "
                f"{reason_in_french(first)}. Corrigez-le, puis relancez ; .env.example donne un "
                "exemple."
            ) from None
        except (UnicodeDecodeError, OSError):
            raise SettingsError(
                "Le fichier .env ne peut pas être lu : enregistrez-le en UTF-8 et donnez-en la "
                "lecture à ce compte, puis relancez ; .env.example donne un exemple."
            ) from None
        if credentials and not settings.keys_folder and (credentials / FILE_NAME).exists():
            settings.keys_folder = credentials
        return settings


def reason_in_french(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, from one of pydantic's errors; the value is never repeated."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "enum":
        return f"écrivez {str(context['expected']).replace(' or ', ' ou ')}"
    for name, words in EXPECTED_BOUNDS.items():
        if name in context:
            return f"écrivez un nombre, {words} {context[name]}"
    return EXPECTED_VALUES.get(kind.partition("_")[0], "cette valeur ne se lit pas")


def _numbers(setting: str, entries: Iterable[str], expected: str) -> dict[str, int]:
    """« a=1 », « b=2 » as numbers by name. Raises SettingsError for an entry of another form."""
    found = {}
    for entry in entries:
        name, _, number = entry.partition("=")
        if not name.strip() or not number.strip().isdecimal():
            raise SettingsError(f"Le réglage {setting} contient « {entry} » : écrivez {expected}.")
        found[name.strip()] = int(number)
    return found


def require_settings(settings: Settings, connector: str, *names: str) -> None:
    """What a connector cannot do without.

    Raises:
        SettingsError: one of them is empty.
    """
    for name in names:
        value = getattr(settings, name)
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not given:
            raise SettingsError(
                f"TICKETS_TO nomme « {connector} », mais {name.upper()} est vide : "
                "renseignez-le, ou retirez ce connecteur."
            )


def _host_in(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def require_safe_line(settings: Settings, name: str, host: str, *, encrypted: bool) -> None:
    """A token, a password or a request leaves encrypted, or does not leave this machine.

    Raises:
        SettingsError: it would leave in clear, and ALLOW_CLEAR_LINES does not say that it may.
    """
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:  # a name, and « 127.exemple.fr » is one
        is_here = host.lower() == "localhost"
    if not (encrypted or is_here or settings.allow_clear_lines):
        raise SettingsError(
            f"{name} mène hors de cette machine sans chiffrement : demandes et mots de passe y "
            "seraient lisibles. Donnez une adresse https (pour SMTP_SECURITY : starttls ou tls ; "
            "pour DATABASE_URL : ?sslmode=verify-full), ou écrivez "
            "ALLOW_CLEAR_LINES=true si ce réseau est le vôtre."
        )


def require_encryption(nir: NirShown, name: str, *, encrypted: bool) -> None:
    """A NIR leaves in clear only over an encrypted connection, to a server that proves who it is.

    Raises:
        SettingsError: it would leave over another one.
    """
    if nir is NirShown.CLEAR and not encrypted:
        raise SettingsError(
            f"{name}=clear demande une liaison chiffrée et vérifiée (TLS) : "
            "changez l'adresse ou la sécurité de la liaison, ou revenez à masked."
        )
