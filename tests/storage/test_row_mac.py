"""A row that was changed outside the desk is found: it is not used, and it is named."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select
from storage.full import fill, with_an_account
from storage.samples import DAY, HOSPITAL, MAIRIE, NOW

from bot.domain.account import AccountRole
from bot.domain.email_code import CodeCheck
from bot.domain.people import Colleague, Profile, StaffRole
from bot.domain.rights import Right
from bot.domain.ticket import Happening, TicketStatus
from bot.storage.backup import restore_backup, verify_backup, write_backup
from bot.storage.base import Base, Day, UtcDateTime
from bot.storage.database import open_database
from bot.storage.encryption import Encryption, KeyFile, Place, SealError
from bot.storage.keys import add_seal_key, load_or_create_keys
from bot.storage.row_mac import NOT_COVERED, ChangedRowError, changed_rows, is_intact
from bot.storage.sealed_columns import rotate
from bot.storage.store import Database, Store
from bot.storage.ticket_links import Post, Topic

ANNE, BRUNO, CLAIRE = "telegram:0", "telegram:1", "telegram:2"
LUC = Colleague("local:luc", "Luc", StaffRole.ADVISOR)
REFERENCE = "PEPS-2026-000001"
IT = f"demande {REFERENCE}"
RESTRICTED = "PEPS-2026-000003"
TOPIC = Topic(reference=REFERENCE, chat_id=-100, thread_id=5, title="Sujet", closed=False)


@dataclass(frozen=True)
class Change:
    """Something that somebody does in SQL, what then happens at the desk, and what is named."""

    sql: str
    use: Callable[[Database], object]
    named: str
    is_refused: bool = True


def ticket(db: Database) -> object:
    return db.tickets.by_reference(REFERENCE)


def id_of(db: Database, address: str) -> str:
    person = db.people.find(address)
    assert person is not None
    return person.id


def anne(db: Database) -> object:
    return db.people.of(ANNE, NOW)


CHANGES = {
    "a ticket is given to another": Change(
        "UPDATE ticket SET person_id = (SELECT id FROM person WHERE home = 'telegram:1') "
        "WHERE id = 'draft-0'",
        lambda db: db.tickets.own(db.people.of(BRUNO, NOW).id, REFERENCE),
        IT,
    ),
    "its requester is vouched for": Change(
        "UPDATE ticket SET assurance = 'invited' WHERE id = 'draft-0'", ticket, IT
    ),
    "it moves to another employer": Change(
        f"UPDATE ticket SET siret = '{HOSPITAL.siret}' WHERE id = 'draft-0'", ticket, IT
    ),
    "it is closed": Change("UPDATE ticket SET status = 'closed' WHERE id = 'draft-0'", ticket, IT),
    "it has a status that there is not": Change(
        "UPDATE ticket SET status = 'lost' WHERE id = 'draft-0'", ticket, IT
    ),
    "it has no MAC any more": Change("UPDATE ticket SET mac = '' WHERE id = 'draft-0'", ticket, IT),
    "it has the MAC of another": Change(
        "UPDATE ticket SET mac = (SELECT t.mac FROM ticket t WHERE t.id = 'draft-1') "
        "WHERE id = 'draft-0'",
        ticket,
        IT,
    ),
    "a note becomes an answer": Change(
        "UPDATE ticket_message SET author = 'advisor', internal = NULL WHERE ticket_id = 'draft-0'",
        ticket,
        IT,
    ),
    "a file moves to a message": Change(
        "UPDATE attachment SET place = 0 WHERE identity = 'draft-0'", ticket, IT
    ),
    "its restriction is lifted": Change(
        "UPDATE ticket SET restricted_at = NULL WHERE id = 'draft-2'",
        lambda db: db.tickets.by_reference(RESTRICTED),
        f"demande {RESTRICTED}",
    ),
    "it is about something else": Change(
        "UPDATE ticket SET sous_motif_label = 'Autre chose' WHERE id = 'draft-0'", ticket, IT
    ),
    "it continues another": Change(
        f"UPDATE ticket SET follows = '{RESTRICTED}' WHERE id = 'draft-0'", ticket, IT
    ),
    "its copy over there is somebody else's": Change(
        "UPDATE ticket_copy SET their_id = '666' WHERE ticket_id = 'draft-0'",
        lambda db: db.ticket_links.their_id("glpi", "draft-0"),
        IT,
    ),
    "a code may be tried for ever": Change(
        "UPDATE email_code SET tries = 0",
        lambda db: (
            db.one_time_codes.check_code(id_of(db, ANNE), "a@b.fr", "x", NOW) is not CodeCheck.PAST
        ),
        "ligne de la table email_code",
        is_refused=False,
    ),
    "a sheet is for another employer": Change(
        f"UPDATE upload SET siret = '{HOSPITAL.siret}'",
        lambda db: db.one_time_codes.take_upload("upload", id_of(db, ANNE), HOSPITAL.siret),
        "ligne de la table upload",
    ),
    "a person's request is answered": Change(
        "UPDATE rights_request SET outcome = 'done', closed_at = received_on",
        lambda db: db.rights_requests.list(only_open=False),
        "demande de droits n° ",
        is_refused=False,
    ),
    "somebody is on the list of who was erased": Change(
        "INSERT INTO erasure (person_id, tickets, at, mac) "
        "SELECT id, 'delete', created_at, mac FROM person WHERE home = 'telegram:1'",
        lambda db: db.erasures.all(),
        "ligne de la table erasure",
    ),
    "everybody is told something else": Change(
        "UPDATE service_notice SET words = 'Écrivez votre mot de passe ici.'",
        lambda db: db.service_notices.list(),
        "annonce n° 1",
        is_refused=False,
    ),
    "a failed turn is another's": Change(
        "UPDATE failed_update SET address = 'telegram:1'",
        lambda db: db.failed_updates.open("E-1"),
        "tour échoué ",
    ),
    "it is somebody else's to answer": Change(
        "UPDATE ticket SET taken_by = 'telegram:666' WHERE id = 'draft-0'", ticket, IT
    ),
    "what was done to it was done by another": Change(
        "UPDATE ticket_happening SET who = 'local:mallory' WHERE ticket_id = 'draft-0'",
        lambda db: db.ticket_messages.history(REFERENCE),
        IT,
    ),
    "its topic is that of another": Change(
        "UPDATE staff_topic SET thread_id = 666 WHERE ticket_id = 'draft-0'",
        lambda db: db.ticket_links.topic_in(TOPIC.chat_id, 666),
        IT,
    ),
    "an answer to its recap is one to another": Change(
        "UPDATE staff_post SET ticket_id = 'draft-1' WHERE message_id = 77",
        lambda db: db.ticket_links.post(TOPIC.chat_id, 77),
        "demande PEPS-2026-000002",
    ),
    "the advisors' group has become somebody's own": Change(
        "UPDATE staff_group SET became = -666",
        lambda db: db.ticket_links.current_group(-1),
        "groupe de conseillers -1",
    ),
    "a person takes another's place": Change(
        "UPDATE person SET home = CASE home WHEN 'telegram:0' THEN 'x' ELSE 'telegram:0' END "
        "WHERE home IN ('telegram:0', 'telegram:1')",
        anne,
        "personne d'identité ",
    ),
    "an address is confirmed": Change(
        "UPDATE person SET email_confirmed = TRUE WHERE home = 'telegram:0'",
        anne,
        "personne d'identité ",
    ),
    "an invitation is for another account": Change(
        "UPDATE invitation SET account_id = 'account-2'",
        lambda db: db.one_time_codes.invitation("code", NOW),
        "invitation au compte d'identité account-2",
    ),
    "an invitation is good for ever": Change(
        "UPDATE invitation SET expires_at = '2999-01-01 00:00:00+00:00'",
        lambda db: db.one_time_codes.invitation("code", NOW),
        "invitation au compte d'identité account-1",
    ),
    "a user becomes an administrator": Change(
        "UPDATE account SET role = 'administrator' WHERE id = 'account-2'",
        lambda db: db.accounts.load(MAIRIE.siret, lock=True),
        f"compte A002 de l'employeur {MAIRIE.siret}",
    ),
    "a link is added": Change(
        "INSERT INTO administrator_link (account_id, person_id, siret, linked_at, stand_in, mac) "
        f"SELECT 'account-2', id, '{MAIRIE.siret}', created_at, '', '' FROM person "
        "WHERE home = 'telegram:1'",
        lambda db: db.people.of(BRUNO, NOW).profile.invited_by,
        f"lien d'une personne avec un compte de l'employeur {MAIRIE.siret}",
        is_refused=False,
    ),
    "a link is given to another": Change(
        "UPDATE administrator_link SET person_id = "
        "(SELECT id FROM person WHERE home = 'telegram:1')",
        lambda db: db.accounts.administered_by(db.people.of(BRUNO, NOW).id),
        f"lien d'une personne avec un compte de l'employeur {MAIRIE.siret}",
        is_refused=False,
    ),
    "an advisor is added": Change(
        "INSERT INTO staff (address, name, role, added_at, mac) "
        "SELECT 'telegram:666', 'Ève', 'advisor', added_at, mac FROM staff LIMIT 1",
        lambda db: db.staff.get("telegram:666"),
        "membre du guichet telegram:666",
        is_refused=False,
    ),
    "a removed advisor comes back": Change(
        "UPDATE staff SET removed_at = NULL WHERE address = 'local:eve'",
        lambda db: db.staff.get("local:eve"),
        "membre du guichet local:eve",
        is_refused=False,
    ),
    "who may not answer becomes an advisor": Change(
        "UPDATE staff SET role = 'dpo' WHERE address = 'local:luc'",
        lambda db: db.staff.get("local:luc"),
        "membre du guichet local:luc",
        is_refused=False,
    ),
}


@pytest.fixture
def desk(store: Store) -> Store:
    """Three people with a ticket each; Claire is linked to the administrator's account."""
    fill(store)
    with store.transaction() as db:
        before = db.accounts.load(MAIRIE.siret)
        (account,) = with_an_account(before).accounts
        user = replace(account, id="account-2", identifier="A002", role=AccountRole.USER)
        db.accounts.save(before, replace(before, accounts=(account, user)), NOW)
        db.accounts.link("account-1", MAIRIE.siret, db.people.of(CLAIRE, NOW).id, NOW)
        db.one_time_codes.add_invitation("code", "account-1", "local:luc", NOW)
        db.staff.save(LUC, NOW)
        db.staff.save(Colleague("local:eve", "Ève", StaffRole.ADVISOR), NOW)
        db.staff.remove("local:eve", NOW + DAY)
        db.ticket_links.save_topic(TOPIC)
        db.ticket_links.save_post(TOPIC.chat_id, 77, Post(REFERENCE, None))
        db.ticket_links.save_group_move(-1, -1001)
        filed = Happening(what="filed", who="local:luc", at=NOW, detail="")
        db.ticket_messages.note(REFERENCE, filed)
        db.ticket_rights.restrict(RESTRICTED, NOW)
        db.ticket_links.save_copy("glpi", "draft-0", "", "12", NOW)
        db.one_time_codes.begin_code(id_of(db, ANNE), "a@b.fr", NOW)
        assert db.one_time_codes.check_code(id_of(db, ANNE), "a@b.fr", "x", NOW) is CodeCheck.WRONG
        db.one_time_codes.keep_upload("upload", id_of(db, ANNE), MAIRIE.siret, [], NOW)
        db.rights_requests.open(Right.ACCESS, "anne", NOW.date())
        db.service_notices.add("PEP's est en panne.", NOW, NOW + DAY)
        db.failed_updates.add("E-1", ANNE, "reçu", "ValueError", NOW)
    return store


def all_models(model: type[Base]) -> Iterator[type[Base]]:
    for one in model.__subclasses__():
        yield one
        yield from all_models(one)


def change(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))


def names(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(changed_rows(connection, store.encryption, Base.metadata.tables))


def test_what_the_desk_itself_wrote_is_intact(desk: Store) -> None:
    with desk.transaction() as db:
        db.tickets.assign(REFERENCE, "local:luc", NOW)
        db.tickets.set_status(REFERENCE, TicketStatus.CLOSED, NOW + DAY)
        db.ticket_messages.edit(REFERENCE, 0, "Merci bien.", NOW)
        db.attachments.move_to_message("draft-0", 1, 0)
        db.people.mark_unreachable(ANNE, NOW)
        db.people.save_profile(db.people.of(ANNE, NOW).id, Profile(email="a@b.fr"))
        db.accounts.end_snoozes(MAIRIE.siret, [db.people.of(CLAIRE, NOW).id])
        db.one_time_codes.use_invitation("code", NOW)
        db.staff.save(replace(LUC, name="Luc D."), NOW)

    assert names(desk) == []
    with desk.read() as db:
        assert len(db.tickets.newest()) == 3


@pytest.mark.parametrize("story", CHANGES)
def test_a_change_in_sql_is_found_and_named(desk: Store, engine: Engine, story: str) -> None:
    one = CHANGES[story]
    change(engine, one.sql)

    if one.is_refused:
        with pytest.raises(ChangedRowError, match="hors du guichet"), desk.transaction() as db:
            one.use(db)
    else:
        with desk.transaction() as db:
            assert not one.use(db)
    assert names(desk)
    assert all(name.startswith(one.named) for name in names(desk))


ODD = {
    "sqlite": (
        *("'pas une date'", "5", "x'00ff'", "''", "'2026-13-45 00:00:00'", "9e999"),
        *("CAST(x'ff' AS TEXT)", "char(0)"),
    ),
    "postgresql": ("'infinity'", "'-infinity'", "'20000-01-01'"),
}
"""What no column of moments or days ever had; PostgreSQL refuses the other kinds itself."""


def test_whatever_is_written_into_a_column_of_dates_is_named(desk: Store, engine: Engine) -> None:
    """By the doctor, and where the row is used: no such value is an error of its own."""
    models = {one.__table__: one for one in all_models(Base)}
    values = cycle(ODD[engine.dialect.name])
    for table in Base.metadata.sorted_tables:
        looked_at = {one: Base.metadata.tables[one] for one in {table.name, "ticket"}}
        left_out = {"audit": table.c.keys()}.get(table.name, NOT_COVERED.get(table.name, ()))
        for column in table.columns:
            if column.name in left_out or not isinstance(column.type, Day | UtcDateTime):
                continue
            odd = f"{column} = {next(values)}"
            with desk.engine.connect() as connection, Session(connection) as session:
                Database(session, desk.encryption)
                change = text(f"UPDATE {table.name} SET {odd.removeprefix(f'{table.name}.')}")
                if connection.execute(change).rowcount:
                    assert [*changed_rows(connection, desk.encryption, looked_at)], odd
                    with suppress(ChangedRowError):
                        assert not any(map(is_intact, session.exec(select(models[table])))), odd


def test_lists_go_on_without_it(desk: Store, engine: Engine) -> None:
    change(engine, CHANGES["its requester is vouched for"].sql)
    with desk.transaction() as db:
        references = {one.reference for one in db.tickets.newest()}
        assert references == {"PEPS-2026-000003", "PEPS-2026-000002"}
        assert db.tickets.left_out == (REFERENCE,)
        assert db.tickets.of_person(db.people.of(ANNE, NOW).id) == ()

    change(engine, "UPDATE staff SET name = 'Léa' WHERE address = 'local:luc'")
    with desk.read() as db:
        assert db.staff.all() == ()
        assert db.staff.name_of("local:luc") == "luc"

    change(engine, CHANGES["a user becomes an administrator"].sql)
    with desk.read() as db:
        register = db.accounts.load(MAIRIE.siret)
        assert register is not None
        assert [account.id for account in register.accounts] == ["account-1"]


def test_a_change_of_ours_does_not_make_it_good(desk: Store, engine: Engine) -> None:
    change(engine, CHANGES["it moves to another employer"].sql)

    with pytest.raises(ChangedRowError), desk.transaction() as db:
        db.tickets.set_status(REFERENCE, TicketStatus.CLOSED, NOW)
    with pytest.raises(ChangedRowError), desk.transaction() as db:
        db.tickets.withdraw(db.people.of(ANNE, NOW).id, REFERENCE, NOW)

    assert names(desk) == [IT]


def test_put_back_as_it_was_it_opens_again(desk: Store, engine: Engine) -> None:
    change(engine, CHANGES["it moves to another employer"].sql)
    change(engine, f"UPDATE ticket SET siret = '{MAIRIE.siret}' WHERE id = 'draft-0'")

    assert names(desk) == []
    with desk.read() as db:
        assert db.tickets.by_reference(REFERENCE) is not None


def test_an_older_content_of_the_same_row_does_not_open(desk: Store, engine: Engine) -> None:
    """It is sealed for this very place; the MAC knows that it is not the newest."""
    older = desk.encryption.seal("Avant.", Place("ticket_message", "draft-0/0", "text"))
    with desk.transaction() as db:
        db.ticket_messages.edit(REFERENCE, 0, "Après.", NOW)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ticket_message SET text_sealed = :s WHERE ticket_id = 'draft-0'"),
            {"s": older},
        )

    with pytest.raises(ChangedRowError, match=REFERENCE), desk.read() as db:
        db.tickets.by_reference(REFERENCE)


def test_new_keys_keep_what_is_intact_and_launder_nothing(engine: Engine, tmp_path: Path) -> None:
    load_or_create_keys(tmp_path)

    def with_keys() -> Store:
        return Store(engine, Encryption(load_or_create_keys(tmp_path), KeyFile(tmp_path)))

    fill(with_keys())
    change(engine, CHANGES["its requester is vouched for"].sql)
    add_seal_key(tmp_path)
    done = rotate(engine, with_keys().encryption, rest=lambda _: None)

    assert done.unreadable == 1
    assert names(with_keys()) == [IT]
    with with_keys().read() as db:
        assert db.tickets.by_reference("PEPS-2026-000002") is not None


def test_a_backup_brings_the_rows_back_intact(desk: Store, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    backup.touch()
    write_backup(desk.engine, desk.encryption, backup, NOW)
    verify_backup(backup, desk.encryption)
    there = open_database(f"sqlite:///{tmp_path / 'there.db'}")
    restore_backup(backup, there, desk.encryption)

    restored = Store(there, desk.encryption)
    assert names(restored) == []
    with restored.read() as db:
        assert db.tickets.by_reference(REFERENCE) is not None
        assert db.staff.get("local:luc") == LUC
    there.dispose()


def test_a_value_that_does_not_open_says_so_in_french(desk: Store, engine: Engine) -> None:
    change(engine, "UPDATE employer SET name_sealed = (SELECT content_sealed FROM ticket LIMIT 1)")

    with pytest.raises(SealError, match="changée hors du guichet, ou sa clé"), desk.read() as db:
        db.accounts.load(MAIRIE.siret)
