"""States: where the conversation stands. A draft is carried along until it is filed or given up."""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.accounts.states import AccountState
from bot.conversation.questions import Draft
from bot.conversation.states import ProfileState

# Nothing particular is awaited: any text is a question.


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing is on the table; `reference` is that of the ticket just filed, if any."""

    kind: Literal["idle"] = "idle"
    draft: Draft | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    """A list of results was shown; `shown` is how many of them."""

    kind: Literal["browsing"] = "browsing"
    draft: Draft | None = None
    question: str
    shown: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An article was shown; `question` or `theme` is what led to it."""

    kind: Literal["reading"] = "reading"
    draft: Draft | None = None
    slug: str
    question: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingThemes:
    """The themes are on offer, or the page of one of them (`theme`)."""

    kind: Literal["browsing_themes"] = "browsing_themes"
    draft: Draft | None = None
    theme: str = ""


# On the way to the form.


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody who wants to contact the desk is asked for their question first."""

    kind: Literal["asking"] = "asking"
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingSuggestion:
    """The likely sous-motifs of the question are on offer."""

    kind: Literal["choosing_suggestion"] = "choosing_suggestion"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingTheme:
    """The twelve themes are on offer."""

    kind: Literal["choosing_theme"] = "choosing_theme"
    draft: Draft
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingMotif:
    """The motifs of a theme are on offer."""

    kind: Literal["choosing_motif"] = "choosing_motif"
    draft: Draft
    theme: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingSousMotif:
    """The sous-motifs of a motif are on offer."""

    kind: Literal["choosing_sous_motif"] = "choosing_sous_motif"
    draft: Draft
    motif: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingSousMotif:
    """Theme, motif and sous-motif came from the context: shown, to be confirmed or changed."""

    kind: Literal["confirming_sous_motif"] = "confirming_sous_motif"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFirst:
    """The sous-motif's own articles are proposed, once, before its form."""

    kind: Literal["reading_first"] = "reading_first"
    draft: Draft


# The form.


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """The field `key` is asked, of the agent at place `agent` where it is an agent's."""

    kind: Literal["filling"] = "filling"
    draft: Draft
    key: str
    agent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing:
    """The description in own words is awaited."""

    kind: Literal["describing"] = "describing"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingAside:
    """A question was announced in the middle of the description: the next text is a search."""

    kind: Literal["asking_aside"] = "asking_aside"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """The recap is shown, ready to be sent."""

    kind: Literal["reviewing"] = "reviewing"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingLine:
    """The lines of the recap are on offer, to change one."""

    kind: Literal["choosing_line"] = "choosing_line"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingSimilar:
    """An open ticket is about the same matter: add to it, or send the draft all the same."""

    kind: Literal["deciding_similar"] = "deciding_similar"
    draft: Draft
    reference: str
    filed_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The person wants to give the draft up: asked once whether they are sure."""

    kind: Literal["leaving"] = "leaving"
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming:
    """A draft was left open: take it up or give it up; `next` is a new one that waits behind."""

    kind: Literal["resuming"] = "resuming"
    draft: Draft
    next: Draft | None = None


# Afterwards.


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingTickets:
    """The person's own tickets are on offer."""

    kind: Literal["browsing_tickets"] = "browsing_tickets"
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTicket:
    """One of the person's tickets is shown."""

    kind: Literal["reading_ticket"] = "reading_ticket"
    draft: Draft | None = None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingMessage:
    """A message to add to a ticket is awaited."""

    kind: Literal["adding_message"] = "adding_message"
    draft: Draft | None = None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How satisfied the person was: a score is awaited, then (`score` given) a line about it."""

    kind: Literal["rating"] = "rating"
    draft: Draft | None = None
    reference: str
    score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing:
    """The person wants to take a ticket back: asked once whether they are sure."""

    kind: Literal["withdrawing"] = "withdrawing"
    draft: Draft | None = None
    reference: str


State = (
    Idle
    | Browsing
    | Reading
    | BrowsingThemes
    | Asking
    | ChoosingSuggestion
    | ChoosingTheme
    | ChoosingMotif
    | ChoosingSousMotif
    | ConfirmingSousMotif
    | ReadingFirst
    | Filling
    | Describing
    | AskingAside
    | Reviewing
    | ChoosingLine
    | DecidingSimilar
    | Leaving
    | Resuming
    | BrowsingTickets
    | ReadingTicket
    | AddingMessage
    | Rating
    | Withdrawing
    | ProfileState
    | AccountState
)
