"""A person in front of the bare conversation: no channel, no database."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.conversation import effects
from bot.conversation import effects as ours
from bot.conversation.context import Context, Rules
from bot.conversation.effects import Ask, Effect, EraseInput, RateTicket, Say
from bot.conversation.events import (
    AttachmentKept,
    CodeChecked,
    CodeSent,
    Commanded,
    CorrectionAdded,
    Event,
    ImportPlanned,
    ImportWritten,
    InvitationAnswered,
    Invited,
    Joining,
    MessageAdded,
    MessageEdited,
    Picked,
    RegisterChanged,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
    Typed,
    WindowJoined,
    WindowOffered,
)
from bot.conversation.input import interpret
from bot.conversation.machine import advance
from bot.conversation.questions import people_of
from bot.conversation.session import Offer, Session, note_sources
from bot.conversation.texts import Text, fill, unescape
from bot.domain.account_changes import Change, RefusedChangeError, Snooze, apply_change
from bot.domain.account_columns import MissingColumnError, find_accounts
from bot.domain.account_import import plan_import
from bot.domain.attachment import (
    Attachment,
    AttachmentFault,
    IncomingFile,
    RefusedAttachmentError,
    check_attachment,
)
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Profile
from bot.domain.service_notices import ServiceNotice
from bot.domain.spreadsheet import Sheet
from bot.domain.ticket import (
    Added,
    Author,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
    TicketSummary,
)
from knowledge import KnowledgeBase

# Fictitious: the commune code 999 is given to no commune of department 75; key computed.
A_NIR = "2850675999001" + "16"
# The SIREN of nobody: 217 500 016 belongs to a test range of documentation; both keys hold.
A_SIRET = "21750001600019"
A_CODE = "482913"
GOOD_ANSWERS = {
    "siret": A_SIRET,
    "employer_name": "Mairie d'Exemple",
    "nir": A_NIR,
    "nir_key": A_NIR[13:],
    "name": "Durand",
    "date": "01/09/2026",
    "past_date": "03/06/1985",
    "death_date": "03/06/2025",
    "period": "2020",
    "year": "2026",
    "amount": "12,50",
    "transfer_reference": "88W0000000000000AB",
    "text": "ABC 123",
    "reference": "ABC 123",
    "long_text": "Erreur 500",
    "email": "rh@mairie-exemple.fr",
}
"""By field kind; the kinds that are missing are answered by a button."""

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


@dataclass
class Talk:
    """One person's conversation, the answers of the help desk played by hand."""

    knowledge: KnowledgeBase
    profile: Profile = Profile()
    rules: Rules = Rules()
    session: Session = Session()
    filed: list[TicketRequest] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    rated: list[RateTicket] = field(default_factory=list)
    drafts: int = 0
    registers: dict[str, EmployerAccounts] = field(default_factory=dict)
    uploads: dict[str, tuple[Sheet, ...]] = field(default_factory=dict)
    told_others: list[Text] = field(default_factory=list)
    similar: str = ""
    waiting: tuple[str, ...] = ()
    notices: tuple[ServiceNotice, ...] = ()
    announced: tuple[ServiceNotice, ...] = ()

    def hear(self, event: Event, turn: int | None = None) -> None:
        """Take one turn, as the help desk does, and keep what came out of it."""
        self.drafts += 1
        context = self._context()
        heard = interpret(self.session, event, turn, context)
        taken = advance(self.session.state, heard, context)
        todo, done = list(taken.effects), []
        while todo:
            effect = todo.pop(0)
            done.append(effect)
            answer = self._perform(effect)
            if answer is not None:
                taken = advance(taken.state, answer, self._context())
                todo.extend(taken.effects)
        self.effects = done
        written = self.written if isinstance(event, Typed) else ""
        self._offer(note_sources(self.session, taken.state, heard, written))

    def _context(self) -> Context:
        return Context(
            knowledge=self.knowledge,
            profile=self.profile,
            today=TODAY,
            identity=f"draft-{self.drafts}",
            rules=self.rules,
            administered=tuple(register.employer for register in self.registers.values()),
            registers=self.registers,
            waiting=self.waiting,
            notices=self.notices,
            announced=self.announced,
            people=people_of(self.session.state.draft),
        )

    def _offer(self, session: Session) -> None:
        buttons = [b for e in self.effects if isinstance(e, Ask) for row in e.rows for b in row]
        if not buttons and type(session.state) is not type(self.session.state):
            session = replace(session, offers=())
        if buttons:
            offers = tuple(Offer(b.code, unescape(fill(b.label))) for b in buttons)
            is_again = offers == self.session.offers and session.state == self.session.state
            if not is_again:
                session = replace(session, turn=session.turn + 1, offers=offers)
        self.session = session

    def _perform(self, effect: Effect) -> Event | None:
        match effect:
            case effects.FileTicket(request):
                if self.similar and not effect.anyway:
                    return SimilarFound(self.similar, NOW)
                self.filed.append(request)
                return TicketFiled(f"PEPS-2026-{len(self.filed):06d}", NOW)
            case effects.ListTickets():
                return TicketsListed(tuple(self._summary(n) for n in range(len(self.filed))))
            case effects.OpenTicket(reference) | effects.WithdrawTicket(reference):
                return TicketOpened(self._ticket(reference))
            case effects.AddMessage(reference, words):
                message = TicketMessage(author=Author.REQUESTER, text=words, written_at=NOW)
                ticket = self._ticket(reference)
                added = replace(ticket, messages=(message,)) if ticket else None
                return MessageAdded(added, Added.ADDED)
            case effects.RateTicket():
                self.rated.append(effect)
            case effects.RememberEmployer(employer):
                self.profile = self.profile.with_employer(employer)
            case effects.RememberEmail(email):
                self.profile = self.profile.with_email(email)
        return (
            self._confirm(effect)
            or self._perform_on_messages(effect)
            or self._perform_on_registers(effect)
        )

    def _confirm(self, effect: Effect) -> Event | None:
        """One code is the right one; no other window is open."""
        if isinstance(effect, effects.OfferWindow):
            return WindowOffered("k7m2-p9xq-4tzn")
        if isinstance(effect, effects.JoinWindow):
            return WindowJoined(Joining.UNKNOWN)
        if isinstance(effect, effects.SendCode):
            return CodeSent(CodeSending.SENT)
        if not isinstance(effect, effects.CheckCode):
            return None
        if effect.code != A_CODE:
            return CodeChecked(CodeCheck.WRONG)
        self.profile = replace(self.profile, email_confirmed=True)
        return CodeChecked(CodeCheck.RIGHT)

    def _perform_on_messages(self, effect: Effect) -> Event | None:
        match effect:
            case effects.KeepAttachment(given=given, reference=reference):
                return self._keep(given, reference)
            case effects.AddCorrection():
                return CorrectionAdded("PEPS-2026-000001" if self.filed else "")
        return None

    def _keep(self, given: IncomingFile, reference: str) -> AttachmentKept:
        """With a ticket of the person's, or else with the draft."""
        try:
            type_ = check_attachment(given.content, self.rules.piece_bytes)
        except RefusedAttachmentError as error:
            return AttachmentKept(fault=error.fault)
        piece = Attachment(number=1, type=type_, name=f"photo.{type_}", size=len(given.content))
        if not reference:
            return AttachmentKept(piece=piece, identity=self.session.state.draft.identity)
        ticket = self._ticket(reference)
        if ticket is None:
            return AttachmentKept(fault=AttachmentFault.GONE)
        return AttachmentKept(piece=piece, ticket=replace(ticket, pieces=(piece,)))

    def _perform_on_registers(self, effect: Effect) -> Event | None:
        match effect:
            case ours.ChangeRegister(siret, change):
                return self._change(siret, change)
            case ours.RemindAgain(siret, until):
                self._change(siret, Snooze(until=until))
            case ours.TellOthers(_, words):
                self.told_others.append(words)
            case ours.RevokeInvitation():
                return RegisterChanged()
            case ours.Invite():
                return Invited("a-code")
            case ours.AcceptInvitation(code):
                return InvitationAnswered(code if code in ("used", "expired") else "unknown")
            case ours.PlanImport(siret, sheets):
                return self._plan(siret, sheets)
            case ours.WriteImport(siret, upload):
                return ImportWritten(self._plan(siret, self.uploads[upload]).plan)
        return None

    def _change(self, siret: str, change: Change) -> RegisterChanged:
        try:
            self.registers[siret] = apply_change(self.registers[siret], change, TODAY)
        except RefusedChangeError as error:
            return RegisterChanged(error.refusal)
        return RegisterChanged()

    def _plan(self, siret: str, sheets: tuple[Sheet, ...]) -> ImportPlanned:
        try:
            sheet = find_accounts(sheets)
        except MissingColumnError as error:
            return ImportPlanned(headings=error.found)
        register, new_id = self.registers[siret], lambda: f"new-{self.drafts}"
        self.uploads["upload"] = sheets
        plan = plan_import(register, sheet, TODAY, months=18, new_id=new_id)
        return ImportPlanned("upload", plan)

    def _summary(self, place: int) -> TicketSummary:
        return TicketSummary(
            reference=f"PEPS-2026-{place + 1:06d}",
            status=TicketStatus.NEW,
            filed_at=NOW,
            label=self.filed[place].labels[2],
        )

    def _ticket(self, reference: str) -> Ticket | None:
        for place, request in enumerate(self.filed):
            one = self._summary(place)
            if one.reference == reference:
                return Ticket(reference=reference, status=one.status, filed_at=NOW, request=request)
        return None

    def answer_well(self) -> None:
        """Give a good answer to the question that the form asks."""
        if self.state == "Describing":
            self.say("Une description assez longue pour être comprise.")
            return
        kind = self.knowledge.catalogue.fields[self.session.state.key].kind
        if kind in GOOD_ANSWERS:
            self.say(GOOD_ANSWERS[kind])
        else:
            self.press(self.labels[0])

    def say(self, *lines: str) -> str:
        """Type lines, one a turn; what is shown after the last one."""
        for line in lines:
            if line.startswith("/"):
                name, _, payload = line[1:].partition(" ")
                self.hear(Commanded(name, payload))
            else:
                self.hear(Typed(line))
        return self.shown

    @property
    def written(self) -> str:
        """The name of the message just written."""
        return str(self.drafts)

    def correct(self, written: str, words: str) -> str:
        """Change an earlier message."""
        self.hear(MessageEdited(words, written))
        return self.shown

    def press(self, label: str) -> str:
        """Press the button of that label; it must be on offer."""
        codes = [offer.code for offer in self.session.offers if offer.label == label]
        assert codes, f"no button « {label} » among {self.labels}"
        self.hear(Picked(codes[0]), self.session.turn)
        return self.shown

    @property
    def labels(self) -> list[str]:
        return [offer.label for offer in self.session.offers]

    @property
    def shown(self) -> str:
        texts = [effect.text for effect in self.effects if isinstance(effect, Say | Ask)]
        return unescape("\n".join(fill(text) for text in texts)).replace("**", "")

    @property
    def was_erased(self) -> bool:
        return EraseInput() in self.effects

    @property
    def state(self) -> str:
        return type(self.session.state).__name__
