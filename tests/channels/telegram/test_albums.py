"""Albums come as a message a photo: the question is asked once more, not each time."""

from typing import Any

from channels.telegram.filing import fill_in
from channels.telegram.stage import ANNE, TOKEN, Stage

JPEG = b"\xff\xd8\xff\xe0" + b"une photo" * 30


async def album(stage: Stage, photos: int, caption: str = "", name: str = "77") -> None:
    for place in range(photos):
        held = stage.server._save_file("photo.jpg", JPEG)
        media: dict[str, Any] = {"photo": [{**held, "width": 90, "height": 90}]}
        words = caption if place == 0 else None
        await stage.server.user_says(
            TOKEN, ANNE, words, media=media, extra={"media_group_id": name}
        )


async def test_four_photos_of_a_description_are_kept_and_the_question_is_asked_once_more(
    stage: Stage,
) -> None:
    await fill_in(stage)
    before = len(stage.shown())
    await album(stage, 4, "Le courrier reçu")
    await stage.reads("pièce 4")

    shown = stage.shown()[before:]
    assert sum("Décrivez" in one for one in shown) == 1
    assert sum("Je reçois" in one for one in shown) == 1
    assert [n for n in range(1, 5) if any(f"pièce {n}" in one for one in shown)] == [1, 2, 3, 4]
    assert len(shown) == 5


async def test_a_second_album_and_a_photo_alone_are_answered_as_the_first(stage: Stage) -> None:
    await fill_in(stage)
    await album(stage, 2)
    await stage.reads("pièce 2")
    before = len(stage.shown())
    await album(stage, 2, name="78")
    await stage.reads("pièce 4")

    assert sum("Décrivez" in one for one in stage.shown()[before:]) == 1


async def test_an_album_where_no_file_is_wanted_is_answered_once(stage: Stage) -> None:
    await stage.say("/profil")
    await stage.reads("Votre profil")
    before = len(stage.shown())
    await album(stage, 3)
    await stage.say("/aide")
    await stage.reads("/themes")

    assert len(stage.shown()) == before + 2
