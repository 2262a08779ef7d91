"""Administrators on Telegram: the deep link, documents both ways, and a forged button."""

from dataclasses import replace
from datetime import UTC, datetime

from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from support.houses import SCHOOLS, TOWN, a_house, an_administrator

from bot.administration import Actor, invite
from bot.domain.employer import Employer
from bot.domain.house import House

SHEET = "Identifiant;Nom;Prénom;Expiration\nZ1;Petit;Zoé;01/06/2029\n".encode("cp1252")


def prepare(stage: Stage, employer: Employer, account: str) -> str:
    """An employer's register, and the code of an invitation for one of its accounts."""
    now = datetime.now(UTC)
    with stage.look() as records:
        records.add_employer(employer, now)
        empty = House(employer=employer)
        accounts = a_house(*(one for one in a_house().accounts if one.id != account)).accounts
        mine = an_administrator(account, identifier="CHEF")
        prefix = employer.siret[-2:]
        whole = tuple(replace(one, id=f"{one.id}{prefix}") for one in (mine, *accounts))
        records.save_house(empty, replace(empty, accounts=whole), now)
        return invite(records, employer.siret, f"{account}{prefix}", Actor("desk"), now)


async def test_a_deep_link_opens_the_accounts_once(stage: Stage) -> None:
    code = prepare(stage, TOWN, "anne")
    await stage.say(f"/start i_{code}")
    await stage.reads("Bienvenue. Vous suivez désormais ici")
    await stage.say(f"/start i_{code}", who=BRUNO)
    await stage.reads("a déjà servi", who=BRUNO)


async def test_a_sheet_sent_as_a_document_is_previewed_and_written(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say("/importer")
    await stage.reads("Envoyez le fichier des comptes")
    file = stage.server._save_file("comptes.csv", SHEET)
    document = {**file, "file_name": "comptes.csv", "mime_type": "text/csv"}
    await stage.server.user_says(TOKEN, ANNE, media={"document": document})
    await stage.reads("Zoé Petit")
    await stage.press("Écrire ces changements")
    await stage.reads("1 comptes ajoutés")


async def test_the_register_comes_as_a_document(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say("/exporter")
    sent = stage.server.files
    await stage.until(lambda: any(file["name"].startswith("comptes-") for file in sent.values()))
    (file,) = [one for one in sent.values() if one["name"].startswith("comptes-")]
    assert "CHEF;Martin" in file["data"].decode("utf-8-sig")


async def test_an_invitation_made_in_the_chat_is_a_link(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say("/inviter")
    await stage.reads("Pour quel compte administrateur")
    await stage.press("BRUNO")
    shown = await stage.reads("lien d'invitation|lien d&#x27;invitation")
    username = stage.server.bots[TOKEN].user["username"]
    assert f"https://t.me/{username}?start=i_" in shown.text


async def test_a_forged_button_shows_nobody_elses_accounts(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say(f"/start i_{prepare(stage, SCHOOLS, 'bruno')}", who=BRUNO)
    welcome = await stage.reads("Bienvenue")
    forged = {"text": "x", "callback_data": f"0~start_review.{SCHOOLS.siret}"}
    await stage.server.user_presses(TOKEN, ANNE, ANNE, welcome.message_id, forged)
    await stage.reads("pas, ou plus, administrateur")
