"""The desk seen from outside: `/healthz` with reasons, and `/metrics`.

    GET /healthz  200, or 503 where something vital is wrong: {"status": "well", "checks": [...]}
    GET /metrics  in the text format of Prometheus

Meant for the machine itself or its monitoring; whoever opens it further puts a proxy in front.
"""

from dataclasses import asdict

from aiohttp import web

from bot.monitoring.health import Health, check_health
from bot.settings import Settings


class Outlook:
    """Answers those who ask how the desk is."""

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
        # Loaded here: most desks are not measured.
        from bot.monitoring.metrics import CONTENT_TYPE, render_metrics

        facts, pulse = await self._health.facts(), self._health.pulse
        body = render_metrics(facts, check_health(facts, pulse, self._calendar), pulse)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})
