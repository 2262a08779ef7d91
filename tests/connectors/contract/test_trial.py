"""`guichet connectors test NOM`: the trial ticket goes through every system, step by step."""

import asyncio
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld, ZammadWorld
from connectors.contract.conftest import WORLDS
from connectors.samples import NOW
from connectors.worlds import World
from support.zammad import TOKEN
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.connectors import TrialStep, build_trial, steps
from bot.connectors.factory import connector_class
from bot.settings import Settings

PATH = "cotisations/versement/transfert-inter-fonds"


async def until_failure(world: World) -> list[TrialStep]:
    tried = []
    async for one in steps(world.connector, build_trial(PATH, NOW)):
        tried.append(one)
        if one.remedy:
            break
    return tried


@pytest.mark.parametrize("name", WORLDS)
async def test_a_trial_is_filed_found_followed_up_and_closed(name: str) -> None:
    world: World = WORLDS[name]()
    await world.open()
    tried = await until_failure(world)
    assert [one.remedy for one in tried] == [""] * 6
    reason = connector_class(name).lacks.get("find", "bien.")
    assert reason.removesuffix(".") in tried[2].went
    assert all("ESSAI" in one for one in world.arrived() if "ticket.status" not in one)
    await world.close()


async def test_the_first_step_that_fails_says_what_to_do() -> None:
    world = GlpiWorld()
    await world.open()
    world.may(write=False)
    tried = await until_failure(world)
    assert "n'a pas le droit de : créer des tickets" in tried[0].remedy
    world.may(write=True)
    world.server.refused.add("itilcategories_id")
    tried = await until_failure(world)
    assert tried[1].went == "arrivé (là-bas : 1), sans la catégorie"
    assert "GLPI_CATEGORIES" in tried[1].remedy
    await world.close()


async def test_the_command_prints_each_step(tmp_path: Path, monkeypatch) -> None:
    world = ZammadWorld()
    await world.open()
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    for name, value in {"URL": world.server.url, "TOKEN": TOKEN, "GROUPS": "Support"}.items():
        monkeypatch.setenv(f"ZAMMAD_{name}", value)

    async def run() -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["connectors", "test", "zammad"])

    done = await run()
    assert done.exit_code == 0, done.output
    assert "Dépôt d'une demande d'essai : bien (là-bas : 1)." in done.output
    assert "ESSAI du guichet, à supprimer" in done.output
    assert world.server.tickets[1]["state"] == "closed"
    world.server.rights["Support"] = ["read", "create", "change"]
    world.server.faults.extend(["", "503_before"])
    stopped = await run()
    assert stopped.exit_code == 1
    assert "Dépôt d'une demande d'essai : pas de réponse sûre (zammad.503)." in stopped.output
    assert "À faire :" in stopped.output
    await world.close()
