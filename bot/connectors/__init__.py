"""Connectors: where filed tickets go besides the register, by the names of `TICKETS_TO`."""

from bot.connectors.connector import Connector
from bot.connectors.console import Console

CONNECTORS: dict[str, type[Connector]] = {"console": Console}

__all__ = ["CONNECTORS", "Connector"]
