"""What may come in at the doors: drawn from the classes of the Bot API, and then made worse."""

import inspect
import re
from typing import Any

import telegram
from hypothesis import strategies as st

ODD = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    ("", "\x00", "\ufeff", "\u202e\u202ex", "<b>&amp;", "/start", "/", "A" * 5000, "\ud800")
)
NUMBER = st.integers(-(2**63), 2**63) | st.sampled_from((0, 1, -1, 2**31, 10**30))
ANYTHING = (
    st.none()
    | st.booleans()
    | NUMBER
    | st.floats(allow_nan=False)
    | ODD
    | st.just([])
    | st.just({})
)
NAMED = re.compile(r"[A-Z]\w+")
DEEPEST = 3
KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")


def things(name: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """A thing of a class of the Bot API, as JSON: some of its fields, as they should be."""
    made = getattr(telegram, name, None)
    if depth > DEEPEST or not inspect.isclass(made):
        return ANYTHING
    fields = inspect.signature(made.__init__).parameters
    drawn = {
        "from" if key == "from_user" else key: _field(str(one.annotation), depth)
        for key, one in fields.items()
        if key not in ("self", "api_kwargs", "args", "kwargs")
    }
    needed = {
        key: drawn.pop(key)
        for key, one in fields.items()
        if one.default is inspect.Parameter.empty and key in drawn
    }
    return st.fixed_dictionaries(needed).flatmap(
        lambda whole: (
            st.lists(st.sampled_from(sorted(drawn)), max_size=4, unique=True).flatmap(
                lambda keys: st.fixed_dictionaries({key: drawn[key] for key in keys}).map(
                    lambda more: {**more, **whole}
                )
            )
            if drawn
            else st.just(whole)
        )
    )


def _field(annotation: str, depth: int) -> st.SearchStrategy[Any]:
    classes = [
        one for one in NAMED.findall(annotation) if inspect.isclass(getattr(telegram, one, None))
    ]
    if classes:
        one = st.deferred(lambda: things(classes[0], depth + 1))
        return st.lists(one, max_size=2) if "Sequence" in annotation else one
    if "bool" in annotation:
        return st.booleans()
    if "int" in annotation or "datetime" in annotation:
        return NUMBER
    return ODD


@st.composite
def updates(draw: st.DrawFn, person: int) -> dict[str, Any]:
    """An update of a kind that is asked for, half of them in a private chat, and mangled."""
    kind = draw(st.sampled_from(KINDS))
    cls = {
        "callback_query": "CallbackQuery",
        "my_chat_member": "ChatMemberUpdated",
        "message_reaction": "MessageReactionUpdated",
    }.get(kind, "Message")
    body = draw(things(cls))
    own = {"id": person, "type": "private", "first_name": draw(ODD)}
    me = {"id": person, "is_bot": False, "first_name": draw(ODD)}
    if draw(st.booleans()):
        body = {**body, "chat": own, "from": me, "date": 1, "message_id": 7}
        if draw(st.booleans()):
            body["text"] = draw(ODD)
    for key in draw(st.lists(st.sampled_from([*body, "new_in_2031"]), max_size=3)):
        body[key] = draw(ANYTHING)
    return {"update_id": draw(st.integers(1, 2**40)), kind: body}
