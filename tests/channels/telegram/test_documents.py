"""Administrators on Telegram: the deep link, documents both ways, and a forged button."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from support.registers import SCHOOLS, TODAY, TOWN, a_register, an_administrator

from bot.clock import utc_now
from bot.domain.account_changes import RenewAccounts
from bot.domain.delivery import OutboxState
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.domain.reminder import Mention, MentionedAccount, Reminder
from bot.domain.reminder_rules import AFTER, Recipient
from bot.domain.spreadsheet import read_spreadsheet, write_xlsx
from bot.services.account_admin import Actor, change_register, invite

SHEET = "Identifiant;Nom;Prénom;Expiration\nZ1;Petit;Zoé;01/06/2029\n".encode("cp1252")


def prepare(stage: Stage, employer: Employer, account: str) -> str:
    """An employer's register, and the code of an invitation for one of its accounts."""
    now = utc_now()
    with stage.look() as db:
        db.accounts.add_employer(employer, now)
        empty = EmployerAccounts(employer=employer)
        accounts = a_register(*(one for one in a_register().accounts if one.id != account)).accounts
        mine = an_administrator(account, identifier="CHEF")
        prefix = employer.siret[-2:]
        whole = tuple(replace(one, id=f"{one.id}{prefix}") for one in (mine, *accounts))
        db.accounts.save(empty, replace(empty, accounts=whole), now)
        return invite(db, employer.siret, f"{account}{prefix}", Actor("desk"), now)


async def test_a_deep_link_opens_the_accounts_once(stage: Stage) -> None:
    code = prepare(stage, TOWN, "anne")
    await stage.say(f"/start i_{code}")
    await stage.reads("Bienvenue. Vous suivez désormais ici")
    await stage.say(f"/start i_{code}", who=BRUNO)
    await stage.reads("a déjà servi", who=BRUNO)


BOOK = write_xlsx(
    [["Identifiant", "Nom", "Prénom", "Expiration"], ["Z1", "Petit", "Zoé", "01/06/2029"]]
)


@pytest.mark.parametrize(
    ("name", "content"), [("comptes.csv", SHEET), ("comptes.xlsx", BOOK)], ids=["csv", "xlsx"]
)
async def test_a_sheet_sent_as_a_document_is_previewed_and_written(
    stage: Stage, name: str, content: bytes
) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say("/importer")
    await stage.reads("Envoyez le fichier des comptes")
    file = stage.server._save_file(name, content)
    document = {**file, "file_name": name, "mime_type": "application/octet-stream"}
    await stage.server.user_says(TOKEN, ANNE, media={"document": document})
    await stage.reads("Zoé Petit")
    await stage.press("Écrire ces changements")
    await stage.reads("1 comptes ajoutés")


def cells_of(sheet: bytes) -> list[list[str]]:
    return [list(cells)[:7] for _, cells in read_spreadsheet(sheet)[0].rows]


async def test_the_register_comes_as_a_document(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    sent = stage.server.files
    await stage.say("/exporter csv")
    await stage.until(lambda: any(file["name"].endswith(".csv") for file in sent.values()))
    await stage.say("/exporter")
    await stage.until(lambda: any(file["name"].endswith(".xlsx") for file in sent.values()))
    files = {one["name"].rpartition(".")[2]: one["data"] for one in sent.values()}
    assert "CHEF;Martin" in files["csv"].decode("utf-8-sig")
    assert cells_of(files["xlsx"]) == cells_of(files["csv"])


async def test_the_copy_of_ones_data_comes_as_a_page(stage: Stage) -> None:
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.say("/mes_données")
    await stage.reads("Voici la copie de ce que ce guichet garde de vous")
    (page,) = [one for one in stage.server.files.values() if one["name"] == "mes-donnees.html"]
    assert f"telegram:{ANNE}" in page["data"].decode()
    assert "CHEF" in page["data"].decode()


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


async def test_what_was_renewed_on_the_way_never_reaches_the_chat(stage: Stage) -> None:
    """Written and overtaken in one commit: no sender is so quick that it leaves in between."""
    await stage.say(f"/start i_{prepare(stage, TOWN, 'anne')}")
    await stage.reads("Bienvenue")
    now = utc_now()
    due = (
        MentionedAccount("chloe19", TODAY + timedelta(days=6), 7),
        MentionedAccount("david19", TODAY - timedelta(days=12), AFTER),
    )
    with stage.look() as db:
        person = db.people.find(f"telegram:{ANNE}")
        told = Reminder(
            to=Recipient(person.id), day=TODAY, mentions=(Mention(siret=TOWN.siret, due=due),)
        )
        stage.app.reminder_messages.write(db, told, now)
        renewed = RenewAccounts(seen={"chloe19": 1}, expires=date(2098, 1, 1))
        change_register(db, TOWN.siret, renewed, Actor("test"), now)
    shown = await stage.reads("1 à revoir")
    assert "David Martin" in shown.text
    assert not any("2 à revoir" in words for words in stage.shown())
    with stage.look() as db:
        (buried,) = db.outbox.list(OutboxState.BURIED)
    assert buried.failure == "reminder.overtaken"
