"""`guichet dpia`: drafts of the register of processing and of the impact assessment.

GDPR articles 30 and 35, in French, from the settings in force: what is on, off, kept, sent and to
whom. What only the operator knows is marked « à compléter ». A draft is no assessment: the
controller completes and signs it, with the advice of their DPO (article 35.2).
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from bot.clock import utc_now
from bot.commands.common import fail, load_settings, say
from bot.domain.dates import day_in_paris
from bot.domain.retention import render_period
from bot.domain.ticket_export import NirShown
from bot.settings import MailSecurity, Settings
from bot.storage.keys import ROTATE_AFTER

TO_COMPLETE: Final = "**à compléter**"
NIR_IN_FRENCH: Final = {
    NirShown.MASKED: "NIR masqué",
    NirShown.LINK: "NIR remplacé par le lieu où le consulter",
    NirShown.CLEAR: "**NIR en clair**, chaque envoi inscrit au journal",
}


def dpia(
    to: Annotated[Path | None, typer.Option(metavar="FICHIER", help="Où l'écrire.")] = None,
) -> None:
    """Projets du registre (RGPD art. 30) et de l'AIPD (art. 35), d'après les réglages."""
    draft = "\n".join(draft_lines(load_settings(), day_in_paris(utc_now()))) + "\n"
    if to is None:
        say(draft, newline=False)
        return
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(draft)
    except FileExistsError:
        fail(f"{to} existe déjà : donnez un autre nom.")
    say(f"Projet écrit dans {to}. Cherchez « à compléter », puis relisez-le avec le DPO.")


def draft_lines(settings: Settings, today: date) -> Iterator[str]:
    """Both papers, line by line, in Markdown."""
    yield "# Guichet : registre des activités de traitement et analyse d'impact (projet)"
    yield ""
    yield f"Établi le {today:%d/%m/%Y} par `guichet dpia`, d'après les réglages de ce jour."
    yield f"Ce que le guichet ne peut pas savoir est marqué {TO_COMPLETE}. À refaire à chaque"
    yield "changement de réglage, à compléter et à valider par le responsable, avec l'avis du DPO."
    yield from _section("1. Registre (RGPD art. 30)", _register(settings))
    yield from _section("2. Durées de conservation", _durations(settings))
    yield from _section("3. Destinataires et sous-traitants", _recipients(settings))
    yield from _section("4. Transferts hors de l'Union européenne", _transfers(settings))
    yield from _section("5. Mesures de sécurité (art. 32)", _measures(settings))
    yield from _section("6. Ce qui est désactivé", _off(settings))
    yield from _section("7. Analyse d'impact (art. 35)", _assessment(settings))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "", *lines)


def _register(settings: Settings) -> Iterator[str]:
    yield f"- Responsable du traitement : {settings.controller or TO_COMPLETE}"
    yield f"- Contact pour l'exercice des droits : {settings.contact or TO_COMPLETE}"
    yield f"- Délégué à la protection des données : {settings.dpo or TO_COMPLETE}"
    yield "- Finalité : répondre aux employeurs publics sur PEP's, enregistrer leurs demandes, les"
    yield "  faire traiter par des conseillers, rappeler l'échéance de leurs comptes."
    yield "- Base légale : mission d'intérêt public (art. 6.1.e) ;"
    yield f"  texte qui la confie : {TO_COMPLETE}"
    if settings.nir_in_chat is not False:
        yield "- NIR : décret n° 2019-341 du 19 avril 2019 ; article et finalité précis qui valent"
        yield f"  pour le responsable : {TO_COMPLETE}"
    else:
        yield "- NIR : non demandé (NIR_IN_CHAT=false) ; un NIR écrit malgré tout est effacé."
    yield "- Personnes concernées : demandeurs (agents des employeurs), agents publics nommés dans"
    yield "  les demandes, titulaires de comptes PEP's, conseillers."
    yield "- Données : employeur (SIRET, nom), adresse électronique facultative, réponses au"
    yield "  formulaire, description, pièces jointes, messages ; des agents : nom, prénom, date de"
    nir = "" if settings.nir_in_chat is False else ", NIR"
    yield f"  naissance{nir}, selon le sous-motif ; des titulaires"
    yield "  de comptes : nom, identifiant, profil, échéance ; des conseillers : nom, adresse,"
    yield "  actions au journal."
    if settings.telegram_token.get_secret_value():
        yield "- Identifiant technique : numéro de conversation Telegram du demandeur."
    yield "- Source, pour les agents nommés : leur employeur, par le demandeur (art. 14)."
    yield f"- Nombre de personnes concernées, par an : {TO_COMPLETE}"


def _durations(settings: Settings) -> Iterator[str]:
    kept = settings.kept
    rows = (
        ("brouillon", kept.draft, "DRAFT_HOURS"),
        ("NIR d'un brouillon", kept.nir, "NIR_HOURS"),
        ("demande close, messages, pièces", kept.ticket, "TICKET_DAYS"),
        ("demande sans suite : annoncée, puis close", kept.open_ticket, "OPEN_TICKET_MONTHS"),
        ("personne silencieuse", kept.silent, "SILENT_MONTHS"),
        ("journal d'audit (CNIL, délibération 2021-122)", kept.audit, "AUDIT_DAYS"),
        ("dernier état d'une conversation", kept.session, "fixe"),
        ("envois terminés", kept.sent, "fixe"),
        ("tours en erreur, envois abandonnés", kept.kept_aside, "fixe"),
        ("identifiant d'un compte supprimé", kept.deleted_account, "fixe"),
        ("lignes des pages web", kept.web, "WEB_HOURS"),
        ("demande de droits close", kept.rights, "fixe"),
    )
    yield "| quoi | durée | réglage |"
    yield "|---|---|---|"
    for what, period, setting in rows:
        yield f"| {what} | {render_period(period)} | {setting} |"
    yield ""
    yield f"Effacement automatique chaque heure, une ligne au journal. Sauvegardes : {TO_COMPLETE}"


def _recipients(settings: Settings) -> Iterator[str]:
    yield f"- Les conseillers habilités (`guichet staff list`) ; nombre : {TO_COMPLETE}"
    if settings.staff_chats:
        yield "- Groupe(s) Telegram des conseillers : récapitulatif, messages, NIR masqué ; un NIR"
        yield "  se révèle sur demande motivée, en conversation privée, inscrite au journal."
    if "email" in settings.tickets_to:
        address = settings.mail_to or TO_COMPLETE
        yield f"- Courriel à {address} : {NIR_IN_FRENCH[settings.email_nir]}."
    if "webhook" in settings.tickets_to:
        host = urlsplit(settings.ticket_webhook_url).hostname or TO_COMPLETE
        yield f"- Webhook vers {host} : {NIR_IN_FRENCH[settings.ticket_webhook_nir]}."
    if "glpi" in settings.tickets_to:
        host = urlsplit(settings.glpi_url).hostname or TO_COMPLETE
        yield f"- GLPI, {host} : {NIR_IN_FRENCH[settings.glpi_nir]}."
    if "zammad" in settings.tickets_to:
        host = urlsplit(settings.zammad_url).hostname or TO_COMPLETE
        yield f"- Zammad, {host} : {NIR_IN_FRENCH[settings.zammad_nir]}."
    if settings.can_mail:
        yield f"- Serveur de courriel {settings.smtp_host} : codes de confirmation, rappels."
    if settings.mail_reply_to:
        yield f"- Boîte {settings.mail_reply_to}, où restent les réponses reçues : {TO_COMPLETE}"
    yield f"- Hébergeur de cette machine et de ses sauvegardes : {TO_COMPLETE}"
    yield f"- Contrats de sous-traitance (art. 28) avec chacun : {TO_COMPLETE}"


def _transfers(settings: Settings) -> Iterator[str]:
    if settings.telegram_token.get_secret_value():
        yield "- Telegram : société établie hors de l'Union européenne ; tous les messages des"
        yield "  demandeurs passent par ses serveurs et n'y sont pas chiffrés de bout en bout."
        yield "  Un message qui contient un NIR est effacé de la conversation dès sa lecture."
        yield f"  Garanties ou dérogation retenues (art. 44 à 49) : {TO_COMPLETE}"
    else:
        yield "- Aucun par le guichet lui-même : Telegram n'est pas ouvert."
    yield f"- Par les destinataires de la partie 3 : {TO_COMPLETE}"


def _measures(settings: Settings) -> Iterator[str]:
    keys = "dossier à part" if settings.keys_folder else "dossier de la base"
    base = "autre base (DATABASE_URL)" if settings.database_url else "SQLite, fichier privé"
    yield "- Chiffrement au repos : AES-256-GCM, valeur par valeur, liée à sa place ; clés dans un"
    yield f"  {keys} ; rotation conseillée tous les {ROTATE_AFTER.days} jours."
    yield f"- Base : {base}."
    yield "- NIR masqué partout ; révélé à un conseiller pour une raison inscrite au journal."
    yield "- NIR ou mot de passe écrit là où il n'est pas attendu : effacé, non gardé."
    yield "- Journal d'audit chaîné, que la base refuse de modifier (`guichet audit verify`)."
    yield "- Journaux techniques sans texte saisi, sans jeton, sans NIR."
    if settings.smtp_host:
        encrypted = settings.smtp_security is not MailSecurity.NONE
        said = settings.smtp_security.value if encrypted else "**aucun chiffrement**"
        yield f"- Courriel : {said}."
    yield "- Droits des personnes par commande : rectification, limitation, registre des demandes."
    yield f"- Sauvegardes, leur chiffrement, leur lieu, essais de restauration : {TO_COMPLETE}"
    yield f"- Accès à la machine, comptes, mises à jour, supervision : {TO_COMPLETE}"


def _off(settings: Settings) -> Iterator[str]:
    off = {
        "Telegram (TELEGRAM_TOKEN vide)": not settings.telegram_token.get_secret_value(),
        "groupes de conseillers sur Telegram (STAFF_CHAT_ID vide)": not settings.staff_chats,
        "envoi des demandes ailleurs (TICKETS_TO vide)": not settings.tickets_to,
        "courriels aux personnes (SMTP_HOST ou MAIL_FROM vide)": not settings.can_mail,
        "NIR dans la conversation (NIR_IN_CHAT=false)": settings.nir_in_chat is False,
        "NIR demandé sur Telegram (NIR_IN_CHAT vide)": settings.nir_in_chat is None,
        "réception depuis d'autres systèmes (INBOUND_PORT=0)": not settings.inbound_port,
        "alarme par courriel (ALARM_TO vide)": not settings.alarm_to,
    }
    found = [f"- {words}" for words, is_off in off.items() if is_off]
    yield from found or ["- Rien."]


def _assessment(settings: Settings) -> Iterator[str]:
    yield "Pourquoi une analyse : numéro national d'identification et personnes en position de"
    yield "salariés, à grande échelle (lignes directrices WP 248, liste de la CNIL)."
    yield ""
    yield f"- Nécessité et proportionnalité, champ par champ : {TO_COMPLETE}"
    yield "- Information : notice `/confidentialite` ; des agents nommés, par leur employeur."
    yield ""
    yield "| risque | source | mesures en place | gravité | vraisemblance |"
    yield "|---|---|---|---|---|"
    risks = [
        ("accès illégitime à la base", "vol de la machine, d'une sauvegarde", "chiffrement, clés"),
        ("accès illégitime par un conseiller", "curiosité", "NIR masqué, raison, journal"),
        ("modification non désirée", "attaque, erreur", "valeurs liées, journal chaîné"),
        ("disparition", "panne, perte des clés", "sauvegarde, copie des clés"),
    ]
    if settings.telegram_token.get_secret_value():
        risks.append(("lecture chez Telegram", "l'opérateur, un État", "NIR effacé, autre voie"))
    for risk, source, measures in risks:
        yield f"| {risk} | {source} | {measures} | {TO_COMPLETE} | {TO_COMPLETE} |"
    yield ""
    yield f"- Avis du DPO (art. 35.2) : {TO_COMPLETE}"
    yield f"- Avis des personnes concernées ou de leurs représentants (art. 35.9) : {TO_COMPLETE}"
    yield f"- Décision et date du responsable : {TO_COMPLETE}"
