"""Where the bot is: groups it does not belong to, the menu, a webhook left by somebody."""

import json
from pathlib import Path
from typing import Any

from channels.telegram.stage import ANNE, TOKEN, Stage, set_up

from knowledge import KnowledgeBase

GROUP, STAFF = -1005, -1006


def invited(stage: Stage, chat: int, kind: str = "supergroup", status: str = "member") -> None:
    """Somebody adds the bot to a chat (or takes it out)."""
    info = stage.server.add_chat(chat, type=kind).info
    bot = stage.server.bots[TOKEN].user
    change: dict[str, Any] = {
        "chat": info,
        "from": stage.server.users[ANNE],
        "date": 1,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": status},
    }
    stage.server.push(TOKEN, "my_chat_member", change, chat, 86400)


def left(stage: Stage) -> list[str]:
    return [c["params"]["chat_id"] for c in stage.server.calls if c["method"] == "leaveChat"]


async def test_in_a_group_it_says_one_sentence_and_leaves(stage: Stage) -> None:
    invited(stage, GROUP)
    await stage.until(lambda: left(stage))
    for words in ("bonjour", "mon nir est", "/aide"):
        await stage.say(words, chat_id=GROUP)
    await stage.say("/profil")
    await stage.reads("Votre profil")

    assert left(stage) == [str(GROUP)]
    (sentence,) = stage.shown(GROUP)
    assert "https://t.me/helpdesk_test_bot" in sentence
    with stage.look() as db:
        assert db.people.find(f"telegram:{GROUP}") is None


async def test_a_group_that_it_cannot_write_to_is_left_all_the_same(stage: Stage) -> None:
    stage.fault("sendMessage", 400, description="Bad Request: not enough rights to send text")
    invited(stage, GROUP, "channel")

    await stage.until(lambda: left(stage))


async def test_being_taken_out_needs_no_word(stage: Stage) -> None:
    invited(stage, GROUP, status="kicked")
    await stage.say("/profil")
    await stage.reads("Votre profil")

    assert left(stage) == []


async def test_a_press_in_a_group_does_nothing(stage: Stage) -> None:
    stage.server.add_chat(GROUP)
    group = stage.server.chats[GROUP]
    group.messages[7] = {"message_id": 7, "chat": group.info, "date": 1, "text": "x"}
    press = await stage.server.user_presses(TOKEN, ANNE, GROUP, 7, {"callback_data": "1~more"})

    await stage.until(lambda: left(stage) and stage.server.callbacks[press]["answered"])
    assert stage.shown() == []


async def test_the_staff_group_is_not_left(folder: Path, knowledge: KnowledgeBase) -> None:
    async with set_up(folder, knowledge, staff_chat_id=(STAFF,)) as stage:
        invited(stage, STAFF)
        await stage.say("entre nous", chat_id=STAFF)
        await stage.say("/profil")
        await stage.reads("Votre profil")

        assert left(stage) == []
        await stage.reads("chaque demande a son sujet", who=STAFF)


async def test_the_menu_is_published_for_private_chats(stage: Stage) -> None:
    menus = stage.server.bots[TOKEN].commands
    await stage.until(lambda: len(menus) == 2)

    scope = json.dumps({"type": "all_private_chats"})
    assert menus[f"{scope}|"] == menus[f"{scope}|fr"]
    assert {one["command"] for one in menus[f"{scope}|fr"]} == {
        "start", "aide", "themes", "contact", "telephone", "panne", "demandes", "profil", "annuler",
        "retour", "ailleurs", "confidentialite", "mes_donnees", "effacer_mes_donnees",
        "comptes", "revue", "inviter", "depart", "conges", "importer", "exporter",
    }  # fmt: skip


async def test_a_webhook_that_was_set_is_taken_away_and_nothing_is_lost(stage: Stage) -> None:
    await stage.close()
    stage.server.bots[TOKEN].hook = {"url": "http://127.0.0.1:9/", "max": 1}
    await stage.say("/profil")
    await stage.open()

    await stage.reads("Votre profil")
