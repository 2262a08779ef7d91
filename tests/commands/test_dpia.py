"""The draft of the register and of the impact assessment says what the settings say."""

from datetime import date
from pathlib import Path

from support.commandline import guichet

from bot.commands.dpia import draft_lines
from bot.settings import Settings

ALL = {
    "controller": "Ville d'Exemple",
    "contact": "rgpd@ville-exemple.fr",
    "dpo": "dpo@ville-exemple.fr",
    "telegram_token": "1234567:" + "A" * 24,
    "staff_chat_id": (-100,),
    "tickets_to": ("email", "webhook", "glpi"),
    "ticket_webhook_url": "https://suivi.exemple.fr/in?secret=abc",
    "ticket_webhook_secrets": ("s" * 32,),
    "glpi_url": "https://glpi.exemple.fr/apirest.php",
    "glpi_nir": "clear",
    "smtp_host": "smtp.exemple.fr",
    "smtp_password": "motdepasse",
    "mail_from": "guichet@exemple.fr",
    "mail_to": "bureau@exemple.fr",
    "ticket_days": 730,
}


def draft(**settings: object) -> str:
    return "\n".join(draft_lines(Settings(_env_file=None, **settings), date(2026, 11, 23)))


def test_everything_in_force_is_named_and_no_secret() -> None:
    words = draft(**ALL)
    for said in (
        "Ville d'Exemple",
        "dpo@ville-exemple.fr",
        "décret n° 2019-341",
        "deux ans | TICKET_DAYS",
        "GLPI, glpi.exemple.fr : **NIR en clair**",
        "Webhook vers suivi.exemple.fr : NIR masqué",
        "Telegram : société établie hors de l'Union européenne",
        "smtp.exemple.fr",
        "23/11/2026",
    ):
        assert said in words
    for secret in ("AAAA", "ssss", "secret=", "motdepasse", "None"):
        assert secret not in words


def test_what_is_off_is_said_and_what_is_unknown_is_marked() -> None:
    words = draft(nir_in_chat=False)
    assert "Responsable du traitement : **à compléter**" in words
    assert "NIR dans la conversation (NIR_IN_CHAT=false)" in words
    assert "Telegram n'est pas ouvert" in words
    assert "décret" not in words
    assert "GLPI" not in words
    assert words.count("à compléter") > 15


def test_it_is_written_into_a_new_file_only(tmp_path: Path) -> None:
    target = tmp_path / "aipd.md"
    done = guichet("dpia", "--to", str(target), data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert target.read_text("utf-8").startswith("# Guichet : registre")
    assert "existe déjà" in guichet("dpia", "--to", str(target), data=tmp_path).stderr
    assert "Analyse d'impact" in guichet("dpia", data=tmp_path).stdout
