"""How replies look: lengths that Telegram takes, nothing raw, buttons that name their turn."""

from hypothesis import given
from hypothesis import strategies as st
from support.botapi.markup import parse_html

from bot.channels.formatting import render_telegram, utf16_units
from bot.conversation.effects import Ask, Button, EraseInput, Reply, Say
from bot.conversation.events import Typed
from bot.conversation.texts import Markdown, text
from bot.domain.delivery import OutgoingMessage, Priority
from bot.services.helpdesk_config import IncomingEvent

HEARD = IncomingEvent(address="telegram:7", event=Typed("x"), message="3")


def rendered(reply: Reply, turn: int = 4) -> list[OutgoingMessage]:
    return list(render_telegram(reply, turn, HEARD))


def said(words: str) -> Say:
    return Say(text("button.label", words=words))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6000))
def test_any_text_comes_out_as_text_in_messages_of_the_right_size(words: str) -> None:
    for parcel in rendered(said(words)):
        plain, _ = parse_html(parcel.payload["text"])
        assert plain == parcel.payload["plain"]
        assert 0 < utf16_units(plain) <= 4096


def test_a_long_article_is_cut_between_its_blocks_and_every_part_parses() -> None:
    steps = "\n".join(f"{n}. **Étape** {n} : " + "mot & <signe> " * 20 for n in range(1, 90))
    parcels = rendered(Ask(text("button.label", words=Markdown(f"## Titre\n\n{steps}")), BUTTONS))

    assert len(parcels) > 4
    for parcel in parcels:
        plain, entities = parse_html(parcel.payload["text"])
        assert utf16_units(plain) <= 4096
        assert plain.startswith("Titre") or plain[0].isdigit()
        assert {entity["type"] for entity in entities} == {"bold"}
    assert ["rows" in parcel.payload for parcel in parcels] == [False] * (len(parcels) - 1) + [True]


BUTTONS = (
    (Button("read.a1", text("button.label", words="Un *libellé* <court>")),),
    (Button("theme.x", text("button.label", words="mot " * 40)),),
)


def test_buttons_name_their_turn_and_long_labels_are_cut() -> None:
    (parcel,) = rendered(Ask(text("anywhere.cancelled"), BUTTONS), turn=12)

    ((first,), (second,)) = parcel.payload["rows"]
    assert first == ["Un *libellé* <court>", "12~read.a1"]
    assert len(second[0]) <= 60
    assert second[0].endswith("mot…")


def test_every_message_that_a_turn_was_made_of_is_erased() -> None:
    joined = IncomingEvent(address="telegram:7", event=Typed("x"), message="3,4")

    assert list(render_telegram(EraseInput(), 1, joined)) == [
        OutgoingMessage("erase", {"message": "3"}, Priority.AT_ONCE),
        OutgoingMessage("erase", {"message": "4"}, Priority.AT_ONCE),
    ]
    nothing = IncomingEvent(address="telegram:7", event=Typed("x"))
    assert list(render_telegram(EraseInput(), 1, nothing)) == []
