"""Two desks that poll on one register: one asks Telegram, the other waits its turn."""

from channels.telegram.stage import Stage

from knowledge import KnowledgeBase

PROFILE, THEMES = "^Votre profil", "^Les thèmes"


async def test_one_polls_and_the_other_goes_on_when_it_stops(
    stage: Stage, knowledge: KnowledgeBase
) -> None:
    other = Stage(stage.server, knowledge, stage.settings)
    menus = stage.server.call_count["setMyCommands"]
    await other.begin()
    await stage.until(lambda: stage.server.call_count["setMyCommands"] == menus + 2)
    await stage.say("/profil")
    await stage.reads(PROFILE)
    assert not stage.server.errors  # no 409: they never asked side by side

    await stage.close()
    await other.say("/themes")
    await other.reads(THEMES)
    assert other.shown() == list(dict.fromkeys(other.shown()))
    await other.close()
