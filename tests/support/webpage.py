"""A page of the web channel, read as a browser without script reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "progress"}
BLOCKS = {"p", "h1", "h2", "h3", "li", "article", "br", "dt", "dd"}


@dataclass
class Line:
    id: str
    is_desk: bool
    text: str = ""


@dataclass
class Form:
    id: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """Its lines, its forms, and the labels of the buttons under the last answer."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.forms: list[Form] = []
        self.labels: list[str] = []
        self.words = ""
        self._line: Line | None = None
        self._button: tuple[str, str] | None = None
        self._said = ""
        self._choices = False
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "article" and "id" in given:
            self._line = Line(given["id"], is_desk="guichet" in given["class"])
            self.lines.append(self._line)
        elif tag == "form":
            self.forms.append(Form(given.get("id", "")))
        elif tag == "fieldset":
            self._choices = True
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given["value"]
        elif tag == "button":
            self._button, self._said = (given.get("name", ""), given.get("value", "")), ""
        if self._line is not None and tag in BLOCKS and self._line.text:
            self._line.text += "\n"
        if tag == "li" and self._line is not None:
            self._line.text += f"{given['value']}. " if "value" in given else "- "

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._line = None
        elif tag == "fieldset":
            self._choices = False
        elif tag == "button" and self._button is not None:
            label = self._said.strip()
            self.forms[-1].buttons[label] = self._button
            if self._choices:
                self.labels.append(label)
            self._button = None

    def handle_data(self, data: str) -> None:
        data = data.replace("\u00a0", " ")
        self.words += data
        if self._button is not None:
            self._said += data
        elif self._line is not None:
            self._line.text += data.strip("\n") if not data.strip() else data

    def form(self, form_id: str) -> dict[str, str]:
        """What a form posts besides what is typed."""
        return dict(next(one for one in self.forms if one.id == form_id).fields)

    def button(self, label: str) -> dict[str, str]:
        """What pressing the button of that label posts."""
        for form in self.forms:
            if label in form.buttons:
                name, value = form.buttons[label]
                return {**form.fields, name: value}
        raise AssertionError(f"no button « {label} » among {self.labels}")
