"""Waiting: which rows of the outbox may go now, and in which order.

Statements that are asked many times a second are made once.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlmodel import col

from bot.storage.base import UtcDateTime
from bot.storage.tables_operations import OutboxEntry


@cache
def heads(lanes: str) -> Select[Any]:
    """The first waiting row of each lane that can be had, the most urgent first."""
    now = bindparam("now", type_=UtcDateTime)
    out = case((col(OutboxEntry.leased_until) > now, 1), else_=0)
    placed = (
        select(
            col(OutboxEntry.id),
            col(OutboxEntry.priority),
            place_in_lane().label("place"),
            is_free(now).label("free"),
            func.sum(out).over(partition_by=col(OutboxEntry.lane)).label("out"),
        )
        .where(is_waiting(), is_of_lanes(lanes))
        .subquery()
    )
    heads = select(placed.c.id).where(placed.c.place == 1, placed.c.free, placed.c.out == 0)
    most = bindparam("limit", type_=Integer)
    return heads.order_by(placed.c.priority, placed.c.id).limit(most)


@cache
def lanes_waiting(lanes: str) -> Select[Any]:
    found = select(col(OutboxEntry.lane)).where(is_waiting(), is_of_lanes(lanes))
    return found.distinct()


def is_waiting() -> ColumnElement[bool]:
    return and_(col(OutboxEntry.sent_at).is_(None), col(OutboxEntry.buried_at).is_(None))


def place_in_lane() -> Any:
    """Where a row stands in its lane."""
    order = (col(OutboxEntry.priority), col(OutboxEntry.id))
    return func.row_number().over(partition_by=col(OutboxEntry.lane), order_by=order)


def is_of_lanes(lanes: str) -> ColumnElement[bool]:
    if not lanes or lanes.endswith(":"):
        return col(OutboxEntry.lane).startswith(lanes, autoescape=True)
    return col(OutboxEntry.lane) == lanes


def is_free(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Due, and in nobody's hands (any more)."""
    leased_until = col(OutboxEntry.leased_until)
    return and_(col(OutboxEntry.due_at) <= now, or_(leased_until.is_(None), leased_until <= now))
