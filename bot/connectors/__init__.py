"""Connectors: where filed tickets go besides the register, by the names of `TICKETS_TO`."""

from bot.connectors.connector import Connector

__all__ = ["Connector"]
