"""Metrics, as Prometheus reads them; no label ever holds anything personal."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.monitoring.health import ConnectionStatus, HealthCheck, HealthFacts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Found(Collector):
    """What one look found."""

    def __init__(
        self, facts: HealthFacts, checks: tuple[HealthCheck, ...], pulse: ConnectionStatus | None
    ) -> None:
        self._facts = facts
        self._checks = checks
        self._pulse = pulse

    def collect(self) -> Iterator[Metric]:
        well = GaugeMetricFamily("guichet_well", "1 where a check is good", labels=["check"])
        for check in self._checks:
            well.add_metric([check.name], float(check.good))
        yield well
        yield from self._of_the_desk()
        if self._pulse is not None:
            yield CounterMetricFamily(
                "guichet_telegram_calls", "Calls to Telegram", self._pulse.calls
            )
            yield CounterMetricFamily(
                "guichet_telegram_failures", "Those without an answer", self._pulse.failures
            )

    def _of_the_desk(self) -> Iterator[Metric]:
        found, now = self._facts.condition, self._facts.now
        if found is None:
            return
        oldest = (now - found.oldest).total_seconds() if found.oldest else 0.0
        made = self._facts.key.made_at
        for name, words, value in (
            ("outbox_waiting", "Rows to be sent", found.waiting),
            ("outbox_oldest_seconds", "Age of the oldest of them", oldest),
            ("outbox_buried", "Rows given up", found.buried),
            ("kept_aside", "Turns that failed", found.kept_aside),
            ("unreachable_administrators", "Nothing can be sent", found.unreachable_administrators),
            ("reminders_overlooked", "Due yesterday, not told", self._facts.overlooked),
            ("reminders_told_yesterday", "Windows told", self._facts.told_yesterday),
            ("key_seals", "Values sealed by the key in use", found.seals),
            ("key_age_seconds", "Its age", (now - made).total_seconds() if made else 0.0),
        ):
            yield GaugeMetricFamily(f"guichet_{name}", words, value)
        for name, moment in (
            ("last_reminders", found.last_reminders),
            ("last_backup", found.last_backup),
        ):
            at = moment.timestamp() if moment else 0.0
            yield GaugeMetricFamily(f"guichet_{name}_timestamp_seconds", "0 for never", at)
        yield CounterMetricFamily("guichet_tickets_filed", "Tickets ever filed", found.filed)


def render(
    facts: HealthFacts, checks: tuple[HealthCheck, ...], pulse: ConnectionStatus | None
) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Found(facts, checks, pulse))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
