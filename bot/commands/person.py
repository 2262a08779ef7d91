"""`guichet person`: rights of persons (RGPD): find somebody, copy their data, erase them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column

from bot.app import App
from bot.clock import utc_now
from bot.commands.common import (
    FROM_INPUT,
    AsJson,
    Reason,
    day_and_time,
    fail,
    fail_on_answer,
    load_app,
    load_settings,
    load_store,
    local_user,
    option_or_line,
    read_value,
    require_reason,
    say,
    show_json,
    show_rows,
)
from bot.domain.dates import day_in_paris, read_past_date
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import parse_nir
from bot.domain.people import parse_email
from bot.domain.privacy import PersonSearch, TicketErasure, mask_address
from bot.domain.rights import Right
from bot.services.personal_export import ExportedData, PersonalExport, export_page, render_json
from bot.services.privacy_rights import (
    COPY_MADE,
    CopiesElsewhere,
    FoundAs,
    FoundPerson,
    OperatorAction,
    answer_requests,
    copies_elsewhere,
    erase_again,
    erase_person,
    find_people,
    note_export,
    note_search,
    open_tickets,
    person_named,
)
from bot.storage.erasures import FILE_NAME, read_list, write_list
from bot.storage.people import Person
from bot.storage.store import Database, Store

app = typer.Typer(help="Les droits des personnes : accès, effacement.", no_args_is_help=True)

COPIES = (Right.ACCESS, Right.PORTABILITY)
"""The rights that a copy grants."""
SHOWN_ID = 8
"""Characters of an identity that a table shows; they are enough to name somebody."""
FOUND_AS = {
    FoundAs.REQUESTER: "demandeur",
    FoundAs.AGENT: "agent {agent}",
    FoundAs.HOLDER: "titulaire d'un compte PEP's",
}
ERASED = {
    "tickets": "demandes",
    "attachments": "pièces",
    "outbox": "envois",
    "failed_updates": "tours échoués",
    "held_texts": "textes en attente",
    "votes": "avis sur des articles",
    "links": "liens avec un compte PEP's",
    "codes": "codes de confirmation",
}

_Who = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="L'identité montrée par « person find », une adresse ou une référence."
    ),
]


@app.command()
def find(
    wanted: Annotated[
        str,
        typer.Argument(metavar="[RECHERCHE]", help="telegram:12345, un courriel, ou un nom."),
    ] = "",
    born: Annotated[str, typer.Option(help="Avec un nom : sa date de naissance.")] = "",
    nir: Annotated[
        str, typer.Option(help="« - » : le NIR est lu sur l'entrée standard, jamais ici.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Cherche une personne, demandeur ou agent nommé dans une demande ; la recherche est notée."""
    search = _search(wanted, born, nir)
    store = load_store()
    with store.read() as db:
        found = find_people(db, search)
    with store.transaction() as db:
        note_search(db, search, len(found), OperatorAction(who=local_user(), at=utc_now()))
    if as_json:
        for one in found:
            show_json(asdict(one))
        return
    headings = (
        Column("identité", no_wrap=True),  # they are copied into the next command
        *("comme", "adresse", "employeurs"),
        Column("demandes", no_wrap=True),
    )
    show_rows(map(_row, found), *headings, empty="Personne ne correspond dans ce guichet.")


@app.command("export")
def export_person(
    name: _Who,
    to: Annotated[Path, typer.Option(help="Un dossier nouveau ou vide.")],
    agent: Annotated[
        int | None, typer.Option(min=1, help="Avec une référence : l'agent de ce rang.")
    ] = None,
    with_nir: Annotated[
        bool, typer.Option("--with-nir", help="Avec --agent : son NIR en clair dans la copie.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Copie les données d'une personne dans un dossier : une page, du JSON et les pièces.

    Les autres personnes y sont masquées. Relisez les notes internes et les textes libres avant de
    remettre la copie.
    """
    if with_nir and agent is None:
        fail("--with-nir va avec --agent : le NIR d'un agent n'est remis qu'à lui-même.")
    why = option_or_line(reason, "Pourquoi")
    _make_folder(to)
    desk, now = load_app(), utc_now()
    with desk.store.read() as db:
        copy = PersonalExport(
            db=db,
            fields=desk.knowledge.catalogue.fields,
            retention=desk.settings.kept,
            now=now,
            for_desk=True,
        )
        person = None if agent else _person(db, name)
        subject = person.id if person else name.upper()
        content = (
            copy.of_requester(person)
            if person
            else _of_agent(copy, subject, agent or 0, with_nir=with_nir)
        )
        part = f"agent={agent} nir={'clear' if with_nir else 'masked'}" if agent else "requester"
        with desk.store.transaction() as log:  # before a file is written: no copy goes unnoted
            action = OperatorAction(who=local_user(), at=now, reason=why)
            note_export(log, subject, part, action)
            answered = answer_requests(log, person, COPIES, COPY_MADE, action) if person else ()
        for file_name, piece in copy.files():
            _write(to / file_name, piece)
        title = f"Données personnelles gardées par {desk.settings.controller or 'le guichet'}"
        _write(to / "donnees.html", export_page(title, content).encode())
        _write(to / "donnees.json", render_json(content).encode())
    say(
        f"Copie écrite dans {to} : donnees.html à lire, donnees.json, {len(copy.pieces)} pièces. "
        "Relisez-la avant de la remettre, puis effacez ce dossier."
    )
    _say_answered(answered)


@app.command()
def erase(
    name: _Who,
    reason: Reason,
    tickets: Annotated[
        TicketErasure,
        typer.Option(help="Ses demandes : anonymise (le rapport les compte encore) ou delete."),
    ] = TicketErasure.ANONYMISE,
    yes: Annotated[bool, typer.Option("--yes", help="Sans demander confirmation.")] = False,
    even_open: Annotated[
        bool, typer.Option("--even-open", help="Même si une demande est encore ouverte.")
    ] = False,
) -> None:
    """Efface un demandeur : profil, conversation, demandes, pièces, envois, avis et liens.

    C'est définitif, et rejoué après la restauration d'une sauvegarde plus ancienne.
    """
    if name.strip().upper().startswith("PEPS-"):
        fail(
            "Une référence nomme une demande : l'effacer effacerait son demandeur, qui peut être "
            "quelqu'un d'autre que l'agent. Donnez l'identité ou l'adresse du demandeur (guichet "
            "person find). Les données d'un agent partent avec la demande : docs/privacy.md."
        )
    why, desk = require_reason(reason, "person erase"), load_app()
    with desk.store.read() as db:
        person = _person(db, name)
        still_open = open_tickets(db, person)
        elsewhere = copies_elsewhere(db, person)
    if still_open and not even_open:
        references = ", ".join(one.reference for one in still_open)
        fail(
            f"Encore ouvertes : {references}. Clôturez-les (guichet desk close), ou ajoutez "
            "--even-open pour les effacer sans réponse."
        )
    if not yes:
        _ask_to_confirm(
            f"Effacer le demandeur {person.id[:SHOWN_ID]} ({mask_address(person.home)}) et ses "
            "demandes pour de bon ? Écrivez « oui »"
        )
    with desk.store.transaction() as db:
        action = OperatorAction(who=local_user(), at=utc_now(), reason=why)
        result = erase_person(db, person, tickets, action)
    kept = _write_list(desk)
    for field, number in asdict(result.rows).items():
        say(f"{number:>6} {ERASED[field]}")
    say(f"Effacé, et inscrit dans {kept} : copiez ce fichier avec vos sauvegardes.")
    for line in _left_elsewhere(elsewhere):
        say(line)
    _say_answered(result.answered)


@app.command()
def replay(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FICHIER]", help="La liste ; sinon celle d'ici.")
    ] = None,
) -> None:
    """Rejoue la liste des effacements sur une base restaurée ; « restore » le fait déjà."""
    settings = load_settings()
    say(replay_erasures(load_store(), file or settings.data_dir / FILE_NAME))


def replay_erasures(store: Store, file: Path) -> str:
    """Erases again whom a backup brought back, and says so; the list beside the database is
    written anew from the file and the database."""
    if not file.exists():
        return (
            f"Aucune liste d'effacements ({file}). Si des personnes ont été effacées depuis cette "
            "sauvegarde, retrouvez ce fichier, puis : guichet person replay FICHIER"
        )
    with store.transaction() as db:
        listed = read_list(file, store.encryption)
        count = erase_again(db, listed, OperatorAction(who=local_user(), at=utc_now()))
    last = f", la dernière du {day_and_time(max(one.at for one in listed))}" if listed else ""
    return (
        f"Liste d'effacements rejouée ({len(listed)}{last}) : {count} personnes effacées de "
        "nouveau. Si vous en avez effacé depuis, reprenez une liste plus récente (guichet person "
        "replay FICHIER)."
    )


def _search(wanted: str, born: str, nir: str) -> PersonSearch:
    """The search that the command line means; a NIR is never typed there, where others see it."""
    try:
        if nir:
            if nir != FROM_INPUT or wanted:
                fail("Le NIR se donne sur l'entrée standard, seul : guichet person find --nir -")
            return PersonSearch(nir=parse_nir(read_value("NIR", hidden=True)).compact)
        if "@" in wanted:
            return PersonSearch(email=parse_email(wanted))
        if ":" in wanted:
            return PersonSearch(address=wanted)
        if not wanted or not born:
            fail(
                "Donnez une adresse (telegram:12345), un courriel, un nom avec --born, ou --nir -."
                "\nPar exemple : guichet person find « Durand Zoé » --born 01/06/1985"
            )
        return PersonSearch(name=wanted, born=_birth_date(born))
    except InvalidAnswerError as error:
        fail_on_answer(error)


def _birth_date(typed: str) -> date:
    return read_past_date(typed, day_in_paris(utc_now())).value


def _row(found: FoundPerson) -> tuple[str, ...]:
    name = found.id[:SHOWN_ID] if found.found_as is FoundAs.REQUESTER else found.id
    found_as = FOUND_AS[found.found_as].format(agent=found.agent)
    return name, found_as, found.address, "\n".join(found.employers), "\n".join(found.tickets)


def _person(db: Database, name: str) -> Person:
    person = person_named(db, name)
    if person is None:
        fail(f"Personne ne répond à {name}, ou plusieurs. Cherchez par guichet person find.")
    return person


def _of_agent(copy: PersonalExport, reference: str, agent: int, *, with_nir: bool) -> ExportedData:
    content = copy.of_agent(reference, agent, with_nir=with_nir)
    if content is None:
        fail(
            f"La demande {reference} ne nomme pas d'agent {agent}. Cherchez par guichet person "
            "find."
        )
    return content


def _say_answered(numbers: Iterable[int]) -> None:
    for number in numbers:
        say(f"Demande de droits n° {number} close : il vous reste à répondre à la personne.")


def _ask_to_confirm(question: str) -> None:
    if str(typer.prompt(question, default="non", show_default=False)).strip().lower() != "oui":
        fail("Rien n'a été effacé.")


def _make_folder(folder: Path) -> None:
    """A folder of one's own, empty: nothing is written over or mixed with another's copy."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        fail(f"{folder} ne peut pas servir ({type(error).__name__}) : indiquez un dossier nouveau.")
    if not is_empty:
        fail(f"{folder} n'est pas vide : indiquez un dossier nouveau, rien n'a été écrit.")


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def _write_list(desk: App) -> Path:
    path = desk.settings.data_dir / FILE_NAME
    with desk.store.read() as db:
        write_list(path, db.erasures.all(), desk.store.encryption)
    return path


def _left_elsewhere(elsewhere: CopiesElsewhere) -> Iterable[str]:
    """What others have to erase, line by line."""
    is_anywhere = elsewhere != CopiesElsewhere()
    yield "Reste à effacer ailleurs :" if is_anywhere else "Rien n'est à effacer ailleurs."
    for connector, ticket in elsewhere.systems:
        yield f"- {connector} : {ticket.reference}, là-bas {ticket.their_id}"
    for topic in elsewhere.topics:
        yield f"- Telegram, groupe {topic.chat_id} : supprimez le sujet « {topic.title} »"
    for siret, identifier in elsewhere.accounts:
        yield f"- employeur {siret} : le compte {identifier}, par son administrateur (/comptes)"
