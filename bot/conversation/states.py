"""States: where the conversation stands.

A state carries its open draft along until the draft is filed or given up.
"""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.accounts.states import AccountState, MayRefuse
from bot.conversation.events import Attached
from bot.conversation.questions import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class _MayHoldDraft(MayRefuse):
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _MayKeepFiles(_MayHoldDraft):
    """`files` came with the question, for the request that may come of it."""

    files: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _HoldsDraft(MayRefuse):
    draft: Draft


# Nothing particular is awaited: any text is a question.


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(_MayHoldDraft):
    """Nothing is open; `reference` is the reference of the ticket just filed, if any, `told` that
    of the ticket whose news were just told."""

    kind: Literal["idle"] = "idle"
    reference: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing(_MayKeepFiles):
    """The results of `question` are shown; `shown` is how many of them."""

    kind: Literal["browsing"] = "browsing"
    question: str
    shown: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(_MayKeepFiles):
    """The article `slug` is shown, its beginning or (`whole`) the rest; the person came to it from
    `question` or from `theme`."""

    kind: Literal["reading"] = "reading"
    slug: str
    question: str = ""
    theme: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingThemes(_MayHoldDraft):
    """All themes are shown, or the page of one of them (`theme`)."""

    kind: Literal["browsing_themes"] = "browsing_themes"
    theme: str = ""


# On the way to the form.


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(_MayKeepFiles):
    """The person wants to contact the desk: their question is asked first."""

    kind: Literal["asking"] = "asking"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingSuggestion(_HoldsDraft):
    """The sous-motifs that fit the question best are shown, one of them is to be chosen."""

    kind: Literal["choosing_suggestion"] = "choosing_suggestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingTheme(_HoldsDraft):
    """The twelve themes are shown, one of them is to be chosen."""

    kind: Literal["choosing_theme"] = "choosing_theme"
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingMotif(_HoldsDraft):
    """The motifs of a theme are shown, one of them is to be chosen."""

    kind: Literal["choosing_motif"] = "choosing_motif"
    theme: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingSousMotif(_HoldsDraft):
    """The sous-motifs of a motif are shown, one of them is to be chosen."""

    kind: Literal["choosing_sous_motif"] = "choosing_sous_motif"
    motif: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingSousMotif(_HoldsDraft):
    """The context gave theme, motif and sous-motif: the person confirms or changes them."""

    kind: Literal["confirming_sous_motif"] = "confirming_sous_motif"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFirst(_HoldsDraft):
    """The sous-motif's own articles are shown once before its form."""

    kind: Literal["reading_first"] = "reading_first"


# The form.


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling(_HoldsDraft):
    """The form asks the field `key`; `agent` is the place of the agent whom it is about, if any."""

    kind: Literal["filling"] = "filling"
    key: str
    agent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing(_HoldsDraft):
    """The form asks for the description in the person's own words.

    `doubt` is what they wrote, where it reads like a question: they say which of both it is.
    """

    kind: Literal["describing"] = "describing"
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingAside(_HoldsDraft):
    """The person interrupts the description with a question: the next text is searched."""

    kind: Literal["asking_aside"] = "asking_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing(_HoldsDraft):
    """The recap is shown, ready to be sent."""

    kind: Literal["reviewing"] = "reviewing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingLine(_HoldsDraft):
    """The lines of the recap are shown, one of them is to be changed."""

    kind: Literal["choosing_line"] = "choosing_line"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingSimilar(_HoldsDraft):
    """An open ticket is about the same matter: the person adds to it, or sends the draft anyway."""

    kind: Literal["deciding_similar"] = "deciding_similar"
    reference: str
    filed_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving(_HoldsDraft):
    """The person wants to give the draft up, and is asked once to confirm it."""

    kind: Literal["leaving"] = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming(_HoldsDraft):
    """A draft is open: the person resumes it or gives it up; `next` is a new draft that waits."""

    kind: Literal["resuming"] = "resuming"
    next: Draft | None = None


# Afterwards.


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingTickets(_MayHoldDraft):
    """The person's own tickets are listed; to complete or withdraw one, if `purpose` says so.

    `reference` is the one that the person named; empty where they named none.
    """

    kind: Literal["browsing_tickets"] = "browsing_tickets"
    purpose: Literal["", "complete", "withdraw"] = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTicket(_MayHoldDraft):
    """One of the person's own tickets is shown."""

    kind: Literal["reading_ticket"] = "reading_ticket"
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing(_MayHoldDraft):
    """Texts or a file came while tickets wait for the person: for one of these, or a question?"""

    kind: Literal["addressing"] = "addressing"
    references: tuple[str, ...]
    texts: tuple[str, ...] = ()
    file: Attached | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingMessage(_MayHoldDraft):
    """The form for one more message to a ticket is shown."""

    kind: Literal["adding_message"] = "adding_message"
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating(_MayHoldDraft):
    """The person rates a closed ticket: first a score, then (once `score` is given) a comment."""

    kind: Literal["rating"] = "rating"
    reference: str
    score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing(_MayHoldDraft):
    """The person wants to withdraw a ticket, and is asked once to confirm it."""

    kind: Literal["withdrawing"] = "withdrawing"
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingProfile(_MayHoldDraft):
    """The person's employers and reply address are shown."""

    kind: Literal["browsing_profile"] = "browsing_profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingEmployer(_MayHoldDraft):
    """The profile asks for a SIRET, then (once `siret` is known) for the employer's name."""

    kind: Literal["adding_employer"] = "adding_employer"
    siret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangingEmail(_MayHoldDraft):
    """The profile asks for a reply address."""

    kind: Literal["changing_email"] = "changing_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingEmail(_MayHoldDraft):
    """The code sent to the reply address is asked, or another address where it was `lost`;
    `recap`: the recap of a draft follows."""

    kind: Literal["confirming_email"] = "confirming_email"
    recap: bool = False
    lost: bool = False


ChoosingState = ChoosingSuggestion | ChoosingTheme | ChoosingMotif | ChoosingSousMotif
"""The states in which a sous-motif is being chosen."""

DraftState = (
    ChoosingState
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
)
"""The states that always hold a draft; every other state exists without one too."""

State = (
    DraftState
    | Idle
    | Browsing
    | Reading
    | BrowsingThemes
    | Asking
    | BrowsingTickets
    | ReadingTicket
    | Addressing
    | AddingMessage
    | Rating
    | Withdrawing
    | BrowsingProfile
    | AddingEmployer
    | ChangingEmail
    | ConfirmingEmail
    | AccountState
)
