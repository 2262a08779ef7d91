"""People: known from their first word, reachable again with the next."""

from storage.samples import AN_EMAIL, HOSPITAL, HOUR, MAIRIE, NOW
from storage.together import run_together

from bot.domain.people import Profile
from bot.storage.store import Store

SOMEBODY = "telegram:12345"


def test_somebody_is_the_same_person_the_next_time(store: Store) -> None:
    with store.transaction() as db:
        first = db.people.of(SOMEBODY, NOW)
    with store.transaction() as db:
        again = db.people.of(SOMEBODY, NOW + HOUR)
        other = db.people.of("terminal:12345", NOW)

    assert again == first
    assert first.profile == Profile()
    assert other.id != first.id


def test_a_profile_comes_back_whole(store: Store) -> None:
    profile = Profile(employers=(HOSPITAL, MAIRIE), email=AN_EMAIL, email_confirmed=True)
    with store.transaction() as db:
        person = db.people.of(SOMEBODY, NOW)
        db.people.save_profile(person.id, profile)

    with store.transaction() as db:
        assert db.people.of(SOMEBODY, NOW).profile == profile


def test_no_reply_address_is_not_an_unasked_one(store: Store) -> None:
    for email in ("", AN_EMAIL, None):
        with store.transaction() as db:
            person = db.people.of(SOMEBODY, NOW)
            db.people.save_profile(person.id, Profile(email=email))
        with store.transaction() as db:
            assert db.people.of(SOMEBODY, NOW).profile.email == email


def test_the_current_employer_changes_and_the_others_stay(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of(SOMEBODY, NOW)
        db.people.save_profile(person.id, Profile().with_employer(MAIRIE).with_employer(HOSPITAL))
    with store.transaction() as db:
        profile = db.people.of(SOMEBODY, NOW).profile
        db.people.save_profile(person.id, profile.with_employer(MAIRIE))

    with store.transaction() as db:
        assert db.people.of(SOMEBODY, NOW).profile.employers == (MAIRIE, HOSPITAL)


def test_who_blocked_the_bot_is_unreachable_until_they_write_again(store: Store) -> None:
    with store.transaction() as db:
        db.people.of(SOMEBODY, NOW)
        db.people.mark_unreachable(SOMEBODY, NOW)
    with store.transaction() as db:
        found = db.people.find(SOMEBODY)
        assert found is not None
        assert found.unreachable
    with store.transaction() as db:
        assert not db.people.of(SOMEBODY, NOW + HOUR).unreachable
    with store.transaction() as db:
        found = db.people.find(SOMEBODY)
        assert found is not None
        assert not found.unreachable


def test_nobody_is_made_by_looking(store: Store) -> None:
    with store.transaction() as db:
        db.people.mark_unreachable(SOMEBODY, NOW)
        assert db.people.find(SOMEBODY) is None


def test_two_processes_that_meet_somebody_at_once_meet_one_person(store: Store) -> None:
    met: list[str] = []

    def meet() -> None:
        with store.transaction() as db:
            met.append(db.people.of(SOMEBODY, NOW).id)

    run_together(*[meet] * 4)

    assert len(set(met)) == 1


def test_news_go_where_a_person_last_wrote_from(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of(SOMEBODY, NOW)
        db.people.add_address(person.id, "web:1", NOW)
    with store.transaction() as db:
        written = db.people.of("web:1", NOW)
        told = db.people.of(SOMEBODY, NOW, wrote=False)
        home = db.people.address_of(person.id)

    assert written.id == told.id == person.id
    assert home == "web:1"
    assert told.addresses == (SOMEBODY, "web:1")
