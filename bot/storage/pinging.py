"""Pinging: a connection that has rested is asked whether it is still there, one at work is not.

To ask each time costs a round trip a transaction. One that breaks between two transactions a moment
apart fails the second, which is done again like after any lost connection.
"""

from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

RESTED = 2.0  # seconds
USED_AT = "used_at"


def ping_after_rest(engine: Engine, rested: float = RESTED) -> Engine:
    """The engine, whose connections are asked after so long a rest from now on."""
    dialect = engine.dialect

    def came_back(_connection: object, record: Any) -> None:
        record.info[USED_AT] = monotonic()

    def is_wanted(connection: Any, record: Any, _proxy: object) -> None:
        if monotonic() - record.info.get(USED_AT, monotonic()) < rested:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None  # the pool opens another one, and asks again

    event.listen(engine, "checkin", came_back)
    event.listen(engine, "checkout", is_wanted)
    return engine
