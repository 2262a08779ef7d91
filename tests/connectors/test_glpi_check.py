"""The checkup of a GLPI: each state of the other side has its true cause, and what to do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld
from connectors.worlds import HookWorld
from support.certificates import server_context, write_certificate
from support.glpi import Glpi


def switch_off(glpi: Glpi) -> None:
    glpi.is_off = True


def maintain(glpi: Glpi) -> None:
    glpi.is_in_maintenance = True


def refuse_token(glpi: Glpi) -> None:
    glpi.takes_tokens = False


def refuse_address(glpi: Glpi) -> None:
    glpi.takes_this_address = False


def right(name: str, bits: int) -> Callable[[Glpi], None]:
    return lambda glpi: glpi.profile.update({name: bits})


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (switch_off, ["désactivée", "Configuration > Générale > API"]),
        (maintain, ["maintenance"]),
        (refuse_token, ["jeton d'API", "actif", "profil", "jeton externe"]),
        (refuse_address, ["adresse de cette machine", "client d'API"]),
        (right("ticket", 138241), ["créer des tickets, modifier les tickets"]),
        (right("ticket", 4 | 2), ["lire les tickets"]),
        (right("followup", 0), ["lire les suivis, ajouter des suivis"]),
        (right("followup", 1), ["ajouter des suivis"]),
        (right("itilcategory", 0), ["lire les catégories ITIL"]),
        (lambda glpi: glpi.categories.discard(15), ["catégorie 15", "« cotisations/versement »"]),
        (lambda glpi: glpi.entities.discard(3), ["entité 3", "GLPI_TICKET"]),
        (lambda glpi: glpi.groups.clear(), ["groupe 5", "GLPI_TICKET"]),
    ],
)
async def test_what_is_wrong_over_there_is_named(
    world: GlpiWorld, state: Callable[[Glpi], object], expected: list[str]
) -> None:
    fields = {"entities_id": 3, "_groups_id_assign": 5, "urgency": 2}
    connector = replace(world.connector, fields=fields)
    assert await connector.check() is None
    state(world.server)
    fault = await connector.check() or ""
    assert [part for part in expected if part not in fault] == []
    assert "glpi." not in fault


async def test_categories_need_no_right_where_none_are_set(world: GlpiWorld) -> None:
    world.server.profile["itilcategory"] = 0
    assert await replace(world.connector, categories={}).check() is None


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("cotisation", "cotisations"),
        ("cotisations/transfert", "cotisations/versement/transfert-inter-fonds"),
        ("Cotisations/Versement", "cotisations/versement"),
    ],
)
async def test_a_path_that_the_catalogue_does_not_have_is_named_with_near_ones(
    world: GlpiWorld, path: str, near: str
) -> None:
    fault = await replace(world.connector, categories={path: 12}).check() or ""
    assert f"« {path} »" in fault
    assert near in fault
    assert "guichet kb paths" in fault


async def test_the_star_takes_what_no_path_fits(world: GlpiWorld) -> None:
    assert await replace(world.connector, categories={"*": 12}).check() is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}/glpi/front"])
async def test_an_address_that_is_not_the_apis_is_named(world: GlpiWorld, url: str) -> None:
    port = world.server.url.split(":")[2].split("/")[0]
    world.api.url = url.format(port=port)
    assert "GLPI_URL finit par apirest.php" in (await world.connector.check() or "")


async def test_an_address_that_leads_elsewhere_is_named(world: GlpiWorld) -> None:
    world.api.url = world.server.url.replace("/apirest.php", "/old/apirest.php")
    assert "mène à une autre" in (await world.connector.check() or "")


async def test_a_port_that_speaks_no_tls_and_one_where_nobody_is_are_told_apart(
    world: GlpiWorld,
) -> None:
    world.api.url = world.server.url.replace("http:", "https:")
    assert "ne parle pas TLS" in (await world.connector.check() or "")
    world.api.url = "http://127.0.0.1:1/apirest.php"
    assert "injoignable" in (await world.connector.check() or "")


async def test_the_certificate_of_an_internal_authority_is_named(
    world: GlpiWorld, tmp_path: Path
) -> None:
    behind, hook = Glpi(), HookWorld()
    await behind.start(server_context(write_certificate(tmp_path)))
    await hook.open()
    world.api.url = behind.url
    webhook = replace(hook.connector, url=behind.url)
    for connector in (world.connector, webhook):
        fault = await connector.check() or ""
        assert "certificat non reconnu" in fault
        assert "SSL_CERT_FILE" in fault
    await hook.close()
    await behind.stop()
