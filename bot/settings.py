"""Settings: the only reader of the environment (and of a `.env` file), checked at the start."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from bot.conversation.context import Rules
from bot.domain.reminder_rules import DEFAULT_THRESHOLDS, ReminderCalendar
from bot.domain.retention import Retention
from bot.domain.working_days import Region
from bot.logs import LEVELS, LogFormat
from bot.settings import Settings, SettingsError, reason_in_french

__all__ = ["Settings", "SettingsError"]

CHAT = re.compile(r"-?\d{1,18}")
PROXY = re.compile(r"(http://([^\s/@]+@)?([^\s/@:]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}/?)?")


class Settings(Settings):
    """Every setting, by the name it has in the environment (upper case). Durations are in hours."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""
    log_level: str = "WARNING"
    log_format: LogFormat = LogFormat.PLAIN

    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535)
    alarm_to: str = ""

    telegram_token: SecretStr = SecretStr("")
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_proxy: SecretStr = SecretStr("")
    webhook_url: str = ""
    listen_host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    staff_chat_id: Annotated[tuple[int, ...], NoDecode] = ()
    staff_queues: Annotated[tuple[str, ...], NoDecode] = ()
    send_rate: float = Field(default=25, gt=0, le=1000)

    answers_dir: Path | None = None
    semantic: bool = True

    nir_in_chat: bool = True
    controller: str = ""
    contact: str = ""
    retention: str = ""
    draft_hours: int = Field(default=24, ge=1, le=24 * 30)
    nir_hours: int = Field(default=1, ge=1, le=24)
    reopen_days: int = Field(default=30, ge=0, le=365)
    ticket_days: int = Field(default=3 * 365, ge=1, le=100 * 365)
    piece_megabytes: int = Field(default=10, ge=1, le=20)  # Telegram gives no larger ones out

    account_months: int = Field(default=18, ge=1, le=18)
    reminder_windows: Annotated[tuple[int, ...], NoDecode] = DEFAULT_THRESHOLDS
    holidays: Region = Region.METROPOLE
    telegram_username: str = ""

    @field_validator("staff_chat_id", "staff_queues", "reminder_windows", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """« a, b » is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"écrivez {' ou '.join(LEVELS)}")
        return value.upper()

    @field_validator("telegram_proxy")
    @classmethod
    def _check_proxy(cls, value: SecretStr) -> SecretStr:
        if not PROXY.fullmatch(value.get_secret_value()):
            raise ValueError("écrivez http://machine:port, ou http://nom:motdepasse@machine:port")
        return value

    @field_validator("data_dir", "answers_dir")
    @classmethod
    def _check_path(cls, value: Path | None) -> Path | None:
        if value is not None and "\0" in str(value):
            raise ValueError("écrivez le chemin d'un dossier")
        return value

    @field_validator("reminder_windows")
    @classmethod
    def _check_windows(cls, windows: tuple[int, ...]) -> tuple[int, ...]:
        """Whole days before the date, from the day before to a year; largest first."""
        if not windows or any(not 1 <= window <= 366 for window in windows):
            raise ValueError("écrivez des nombres de jours de 1 à 366, séparés par des virgules")
        return tuple(sorted(set(windows), reverse=True))

    @field_validator("staff_queues")
    @classmethod
    def _check_queues(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            queue, _, chat = entry.partition(":")
            if not queue.strip() or not CHAT.fullmatch(chat.strip()):
                raise ValueError("écrivez file:numéro du groupe, par exemple retraite:-1001234")
        return value

    @property
    def further(self) -> Path:
        """Where imported documents are kept (`guichet kb import`)."""
        return self.data_dir / "knowledge"

    @property
    def vectors(self) -> Path | None:
        """Where the optional encoder keeps its vectors; None where it is switched off."""
        return self.further if self.semantic else None

    @property
    def database(self) -> str:
        """The database's address: a SQLite file in the data folder unless another is set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'guichet.db').resolve()}"

    @property
    def rules(self) -> Rules:
        return Rules(
            nir_in_chat=self.nir_in_chat,
            controller=self.controller,
            contact=self.contact,
            retention=self.retention,
            draft_hours=self.draft_hours,
            reopen_days=self.reopen_days,
            months=self.account_months,
            calendar=self.calendar,
            link=self.bot_link,
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
    def kept(self) -> Retention:
        return Retention(
            draft=timedelta(hours=self.draft_hours),
            nir=timedelta(hours=self.nir_hours),
            ticket=timedelta(days=self.ticket_days),
        )

    @classmethod
    def load(cls) -> Self:
        """The settings of this process.

        Raises:
            SettingsError: one of them cannot be used.
        """
        try:
            return cls()
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0]).upper()
            raise SettingsError(
                f"Le réglage {name} (environnement ou fichier .env) est inutilisable : "
                f"{reason_in_french(first)}. Corrigez-le, puis relancez ; .env.example donne un exemple."
            ) from None
        except (UnicodeDecodeError, OSError):
            raise SettingsError(
                "Le fichier .env ne peut pas être lu : enregistrez-le en UTF-8 et donnez-en la "
                "lecture à ce compte, puis relancez ; .env.example donne un exemple."
            ) from None
