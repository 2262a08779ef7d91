"""A question, an article and a whole request, as one person types and presses it."""

from support.talking import A_SIRET

DIALOGUE = (
    ("say", "j'ai viré la cotisation au mauvais fonds", "^Voici"),
    ("press", "Lire 1", "Cela répond"),
    ("press", "Nous contacter", "^Votre demande :"),
    ("press", "^Continuer$", "Avant le formulaire"),
    ("press", "Continuer ma demande", "Quel fonds"),
    ("say", "cnracl", "SIRET"),
    ("say", A_SIRET, "nom de votre employeur"),
    ("say", "Ville d'Exemple", "numéro de contrat"),
    ("say", "4455", "montant"),
    ("say", "12 000", "référence du virement"),
    ("say", "88W0000000000000AB", "Attestez"),
    ("press", "Oui, je l'atteste", "Décrivez"),
    ("press", "Garder ce texte", "adresse électronique"),
    ("press", "Passer", "avant l'envoi"),
    ("press", "^Envoyer$", "Demande enregistrée sous la référence"),
    ("say", "/demandes", "^Vos demandes"),
)
"""What a person does, and the pattern of what must come of it."""
