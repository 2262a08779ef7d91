"""Settings: the only reader of the environment (and of a `.env` file), checked at the start."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.conversation.context import Rules
from bot.storage.retention import Retention


class SettingsError(Exception):
    """A setting cannot be used; the message says which one, and what to do."""


class Settings(BaseSettings):
    """Every setting, by the name it has in the environment (upper case). Durations are in hours."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""
    log_level: str = "WARNING"

    telegram_token: SecretStr = SecretStr("")
    telegram_base_url: str = "https://api.telegram.org/bot"
    staff_chat_id: Annotated[tuple[int, ...], NoDecode] = ()
    send_rate: float = Field(default=25, gt=0, le=1000)

    nir_in_chat: bool = True
    controller: str = ""
    contact: str = ""
    retention: str = ""
    draft_hours: int = Field(default=24, ge=1, le=24 * 30)
    nir_hours: int = Field(default=1, ge=1, le=24)
    ticket_days: int = Field(default=3 * 365, ge=1)

    tickets_to: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("staff_chat_id", "tickets_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """« a, b » is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def further(self) -> Path:
        """Where imported documents are kept (`guichet kb import`)."""
        return self.data_dir / "knowledge"

    @property
    def database(self) -> str:
        """The database's address: a SQLite file in the data folder unless another is set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'guichet.db').resolve()}"

    @property
    def telegram_file_url(self) -> str:
        """Where Telegram serves files, next to its methods."""
        return self.telegram_base_url.removesuffix("/bot") + "/file/bot"

    @property
    def rules(self) -> Rules:
        return Rules(
            nir_in_chat=self.nir_in_chat,
            controller=self.controller,
            contact=self.contact,
            retention=self.retention,
            draft_hours=self.draft_hours,
            is_connected=bool(self.tickets_to),
        )

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
                f"{first['msg']}. Corrigez-le, puis relancez ; .env.example donne un exemple."
            ) from None
