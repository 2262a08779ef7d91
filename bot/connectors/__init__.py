"""Connectors: where filed tickets go besides the register, by the names of `TICKETS_TO`."""

from bot.connectors import Connector

__all__ = ["Connector"]
