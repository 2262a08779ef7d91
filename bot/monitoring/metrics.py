"""The desk seen from outside: `/healthz` with reasons, and `/metrics`.

    GET /healthz  200, or 503 where something vital is wrong: {"status": "well", "checks": [...]}
    GET /metrics  in the text format of Prometheus; no label ever holds anything personal

Meant for the machine itself or its monitoring; whoever opens it further puts a proxy in front.
Loaded only where a port is set: most desks are not measured.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.monitoring.health import ConnectionStatus, Health, HealthCheck, HealthFacts, check_health
from bot.settings import Settings
from bot.storage.statistics import Condition

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _MetricsCollector(Collector):
    """What one look found."""

    def __init__(
        self,
        facts: HealthFacts,
        checks: tuple[HealthCheck, ...],
        connection: ConnectionStatus | None,
    ) -> None:
        self._facts = facts
        self._checks = checks
        self._connection = connection

    def collect(self) -> Iterator[Metric]:
        well = GaugeMetricFamily("guichet_well", "1 where a check is good", labels=["check"])
        for check in self._checks:
            well.add_metric([check.name], float(check.good))
        yield well
        if self._facts.condition is not None:
            for name, words, value in _figures(self._facts, self._facts.condition):
                yield GaugeMetricFamily(f"guichet_{name}", words, value)
            filed = self._facts.condition.filed
            yield CounterMetricFamily("guichet_tickets_filed", "Tickets ever filed", filed)
        if self._connection is not None:
            calls, failures = self._connection.calls, self._connection.failures
            yield CounterMetricFamily("guichet_telegram_calls", "Calls to Telegram", calls)
            yield CounterMetricFamily(
                "guichet_telegram_failures", "Those without an answer", failures
            )


def _figures(facts: HealthFacts, found: Condition) -> tuple[tuple[str, str, float], ...]:
    """Name, help and value of each gauge."""

    def age(moment: datetime | None) -> float:
        return (facts.now - moment).total_seconds() if moment else 0.0

    def timestamp(moment: datetime | None) -> float:
        return moment.timestamp() if moment else 0.0

    return (
        ("outbox_waiting", "Rows to be sent", found.waiting),
        ("outbox_oldest_seconds", "Age of the oldest of them", age(found.oldest)),
        ("outbox_buried", "Rows given up", found.buried),
        ("kept_aside", "Turns that failed", found.kept_aside),
        ("unreachable_administrators", "Nothing can be sent", found.unreachable_administrators),
        ("reminders_overlooked", "Due yesterday, not told", facts.overlooked),
        ("reminders_told_yesterday", "Windows told", facts.told_yesterday),
        ("key_age_seconds", "Age of the key in use", age(facts.key.made_at)),
        ("last_reminders_timestamp_seconds", "0 for never", timestamp(found.last_reminders)),
        ("last_backup_timestamp_seconds", "0 for never", timestamp(found.last_backup)),
    )


class HealthEndpoint:
    """Answers those who ask how the desk is, in the event loop."""

    def __init__(self, health: Health, settings: Settings) -> None:
        self._health = health
        self._calendar = settings.calendar

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        return app

    async def _healthz(self, _request: web.Request) -> web.Response:
        checks = await self._health.checks()
        well = all(check.good for check in checks if check.vital)
        said = {
            "status": "well" if well else "unwell",
            "checks": [asdict(check) for check in checks],
        }
        return web.json_response(said, status=200 if well else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        facts, connection = await self._health.facts(), self._health.connection
        checks = check_health(facts, connection, self._calendar)
        registry = CollectorRegistry()
        registry.register(_MetricsCollector(facts, checks, connection))
        ProcessCollector(registry=registry)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE})
