"""E-mails as programs write them in France, and as somebody writes them who means harm."""

import pytest

from bot.connectors.email_reader import new_words, parse_incoming_email

WORDS = "Bonjour,\n\nC'est le mois de mars.\n- un\n- deux"
QUOTE = "> Bonjour,\n> Quel mois ?"
OUTLOOK = "Envoyé : lundi 23 novembre 2026 10:12\nÀ : rh@x.fr\nObjet : RE: x\n\nQuel mois ?"
WRITTEN = {
    "gmail": f"Le lun. 23 nov. 2026 à 10:12, Guichet <guichet@x.fr> a\nécrit :\n\n{QUOTE}",
    "thunderbird": f"Cordialement,\nAnne\n\nLe 23/11/2026 à 10:12, Guichet a écrit\xa0:\n{QUOTE}",
    "outlook": f"Bien cordialement\nAnne\n\n{'_' * 32}\nDe : Guichet <g@x.fr>\n{OUTLOOK}",
    "outlook, old": f"-----Message d'origine-----\nDe : Guichet\n{OUTLOOK}",
    "outlook, telephone": "Obtenir Outlook pour iOS\nDe: Guichet\nEnvoyé: lundi\nQuel ?",
    "iphone": "Envoyé de mon iPhone\n\n> Le 23 nov. 2026 à 10:12, G <g@x.fr> a écrit :\n>\n> ?",
    "zimbra": "-- \nAnne\n\n----- Mail original -----\nDe: g@x.fr\nQuel mois ?",
    "english": f"On Mon, Nov 23, 2026 at 10:12 AM G <g@x.fr> wrote:\n{QUOTE}",
    "nothing": "",
}


@pytest.mark.parametrize("program", WRITTEN)
def test_what_is_answered_and_the_signature_are_cut(program: str) -> None:
    assert new_words(f"{WORDS}\n\n{WRITTEN[program]}\n") == WORDS


def test_what_somebody_wrote_is_never_cut_away() -> None:
    above = f"Le 23/11/2026 à 10:12, Guichet a écrit :\n{QUOTE}\n"
    assert new_words(above + WORDS) == WORDS
    assert new_words("Le 23/11 à 10:12, G a écrit :\n> Mois ?\nmars\n> An ?\n2026") == "mars\n2026"
    said = "Le maire a écrit :\n\nque le mois est mars."
    assert new_words(said) == said
    assert new_words("Mars.\n\nCordialement\nAnne\n\nPS : et avril.") == "Mars.\n\nPS : et avril."
    assert new_words("Cordialement") == "Cordialement"


def letter(content: str, body: str) -> bytes:
    return f"From: Anne <RH@x.fr>\nMessage-ID: <1@x>\n{content}\n\n{body}".encode()


def test_a_page_alone_is_read_as_words() -> None:
    page = (
        "<style>p{a:b}</style><p>Mars &amp; avril<br>2026</p><blockquote>Quel mois ?</blockquote>"
    )
    read = parse_incoming_email(letter("Content-Type: text/html; charset=utf-8", page))
    assert (read.sender, read.words) == ("rh@x.fr", "Mars & avril\n2026")


def test_files_are_known_and_the_pictures_of_a_signature_are_none() -> None:
    parts = (
        "--b\nContent-Type: text/plain; charset=nothing\n\n\u00e9t\u00e9\n"
        "--b\nContent-Type: image/png; name=logo.png\nContent-ID: <l>\n\nx\n"
        "--b\nContent-Type: application/pgp-signature\n\nx\n"
        "--b\nContent-Type: application/pdf; name*=utf-8''d%C3%A9cret.pdf\n\n%PDF-1.4\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: b@x\n\nTransmis\n--b--\n"
    )
    read = parse_incoming_email(letter("Content-Type: multipart/mixed; boundary=b", parts))
    assert [file.name for file in read.files] == ["décret.pdf", "message/rfc822"]
    assert "Transmis" not in read.words


MIXED = 'Content-Type: multipart/mixed; boundary="b{0}"\n\n--b{0}\n'
HOSTILE = {
    "parts": letter("Content-Type: multipart/mixed; boundary=b", "--b\n\nx\n" * 20_000),
    "levels": letter("".join(MIXED.format(one) for one in range(3_000)), "x"),
    "messages": letter("Content-Type: message/rfc822\n\n" * 3_000, "x"),
    "lines": letter("", "x\n" * 600_000),
    "brackets": letter(f"To: {'(' * 30_000}", "x").replace(b"RH@", b"(" * 30_000),
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_e_mail_holds_the_desk_or_makes_it_fail(kind: str) -> None:
    read = parse_incoming_email(HOSTILE[kind])
    assert read.message_id
    assert read.files == ()
    assert read.is_partial or kind == "nothing"


def test_tags_without_an_end_are_read_in_one_go() -> None:
    """The standard library's reader of HTML needs minutes for this."""
    read = parse_incoming_email(letter("Content-Type: text/html", "<a " * 30_000))
    assert not read.is_partial
