"""A request as one person files it in the chat, message by message."""

from channels.telegram.stage import ANNE, TOKEN, Event, Stage
from support.talking import A_SIRET

ANSWERS = (
    ("cnracl", "Quel est le SIRET"),
    (A_SIRET, "nom de votre employeur"),
    ("Ville d'Exemple", "numéro de contrat"),
    ("4455", "Quel est le montant"),
    ("12 000", "référence du virement"),
    ("88W0000000000000AB", "Attestez"),
)
"""What is typed, and the question that follows."""

KNOWN = (A_SIRET, "Ville d'Exemple")
"""What the profile tells from the second request on."""


async def fill_in(stage: Stage, *, known: bool = False) -> dict[str, int]:
    """Up to the description: the messages in which the answers were written."""
    written = {"asked": await stage.say("j'ai viré la cotisation au mauvais fonds")}
    if known:  # an answer to the request was just read: it might be meant for that
        await stage.reads("une autre question")
        await stage.press("Une autre question")
    await stage.reads("^Voici")
    for label, then in (
        ("Je n'ai pas trouvé", "De quoi s'agit-il"),
        ("^Transfert inter-fonds$", "Avant le formulaire"),
        ("Continuer ma demande", "Question 1 sur"),
    ):
        await stage.press(label)
        await stage.reads(then)
    for answer, then in ANSWERS:
        if known and answer in KNOWN:
            continue
        written[answer] = await stage.say(answer)
        await stage.reads("numéro de contrat" if known and answer == "cnracl" else then)
    await stage.press("Oui, je l'atteste")
    await stage.reads("Décrivez")
    return written


async def send(stage: Stage) -> Event:
    """From the reply address to the receipt."""
    await stage.reads("adresse électronique")
    await stage.press("Passer")
    await stage.reads("avant l'envoi")
    await stage.press("^Envoyer$")
    return await stage.reads("Demande enregistrée")


async def edit(stage: Stage, message: int, words: str, who: int = ANNE) -> None:
    await stage.server.user_edits(TOKEN, who, message, words)
