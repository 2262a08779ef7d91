"""What people want from the desk, in their many words, and what only looks like it."""

import pytest

from knowledge import KnowledgeBase, Wish

WORDINGS: dict[Wish | None, str] = {
    Wish.PERSON: """
        quelqu'un au téléphone svp
        un vrai conseiller
        je voudrais parler à quelqu'un
        un humain
        passez-moi un conseiller
        je veux parler à une vraie personne
        est-ce que je peux avoir quelqu'un au bout du fil
        y a t il quelqu'un
        pouvez vous me rappeler
        rappelez-moi
        je veux être rappelé
        jveux parler a un humain
        quelquun svp
        besoin d'un conseiller
        marre de parler à un robot
        je ne veux pas parler à une machine
        bonjour, je souhaiterais être mis en relation avec un conseiller
        contact
        mettez moi en relation avec quelqu'un
        comment joindre un conseiller ?
        un conseiller svp
        je souhaite parler à votre responsable
        il me faut un interlocuteur
        vous pouvez me passer quelqu'un de compétent ?
        peut on parler a un conseiler
        déposer une demande
        conseiller
        j'aimerais échanger avec un gestionnaire
        quelqu'un peut m'aider ?
        y'a quelqu'un ?
        je préfère parler à un humain
        pas un robot
        je veux avoir une personne au téléphone
        il y a un humain là dedans ?
        je peux parler à qui ?
        j'ai besoin d'aide d'un conseiller
        transférez-moi à un conseiller
        pourriez vous me mettre en contact avec un gestionnaire svp
        je veux parler a une personne réelle pas a une machine
        bonjour je voudrais avoir un conseiller en ligne merci
        quelqu'un pourrait-il me rappeler ?
        assez de parler à un robot, un conseiller !
        vous n'avez pas un vrai conseiller ?
        je souhaiterais un rappel
        help je veux un humain
        un responsable svp
        je voudrais le support
        mettez-moi quelqu'un
        une personne svp
        je veux vous parler
        je veu parler a qqn
        Comment faire une demande ?
        ouvrir un nouveau ticket svp
    """,
    Wish.PHONE: """
        numéro de téléphone
        téléphone
        c'est quoi votre numéro
        quel est le numéro de la cnracl
        horaires
        vous êtes ouverts jusqu'à quelle heure
        je voudrais vous appeler
        comment vous joindre
        on peut vous appeler ?
        quel numéro faire
        heures d'ouverture
        à quelle heure peut-on vous appeler ?
        le standard est ouvert quand
        un numéro svp
        tel svp
        vos horaires ?
        vous avez un numéro ?
        donnez-moi un numéro de téléphone
        comment vous appeler ?
        à quel numéro puis-je vous joindre
        c'est quoi les horaires
        quels sont vos horaires d'ouverture ?
        je peux vous téléphoner ?
        qui appeler ?
        le numéro de téléphone de la cnracl svp
        tél
    """,
    Wish.FOLLOW: """
        où en est ma demande
        vous avez lu mon message ?
        avez-vous reçu ma demande ?
        toujours pas de réponse
        j'attends une réponse
        des nouvelles de ma demande ?
        je n'ai pas eu de réponse
        suivi de ma demande
        mes demandes
        voir ma demande
        ma demande a-t-elle été traitée
        ma demande avance ?
        ou en est mon ticket
        quand aurai-je une réponse ?
        personne ne me répond
        ça fait 3 semaines que j'attends
        je n'ai toujours pas de réponse à ma demande
        pas de nouvelles depuis lundi
        est-ce que vous avez vu ma demande
        suivi
        ou en etes vous de ma demande
        bonjour avez vous avancé sur ma demande
        je voudrais savoir où en est ma demande
        mon message a t il été lu
        vous m'avez pas répondu
        l'état de ma demande svp
        je veux suivre ma demande
        ma demande en est où ?
        avez-vous traité ma demande
        j'ai toujours pas eu de retour
        est-ce que ma demande est en cours
        je n'ai aucune nouvelle
        aucune réponse depuis 2 semaines
        quel est le statut de ma demande
        où est passée ma demande
        vous avez bien reçu mon message ?
        personne ne m'a répondu
        ma demande est bloquée ?
        je voudrais des nouvelles de mon dossier
        quand allez-vous me répondre
        retrouver ma demande
        je relance ma demande
        relance
        mon dossier avance ?
        combien de temps pour ma demande
    """,
    Wish.ADD: """
        j'ai oublié de joindre un papier
        je voudrais ajouter un document à ma demande
        compléter ma demande
        j'ai une pièce à rajouter
        je dois vous envoyer un justificatif pour ma demande
        il manque une pièce dans ma demande
        j'ai oublié de préciser quelque chose
        j'ai oublié une pièce jointe
        comment rajouter un fichier à ma demande ?
        j'ai oublie le justificatif
        je peux ajouter une info à mon dossier
        voici le document pour ma demande
        rajouter un document
        j'ai oublié l'arrêté
        j'ai encore un papier à vous transmettre
        je souhaite compléter ma demande
        j'ai une pièce jointe à ajouter à ma demande
        peut-on rajouter un justificatif ?
        j'aimerais joindre une photo à mon ticket
        j'ai oublié de mettre le numéro
        j'ai oublié de vous donner une info
        j'ai un document à vous transmettre pour ma demande
        ajouter un message à ma demande
        je dois compléter ma demande avec un arrêté
        oups j'ai oublié la pièce jointe
        comment ajouter quelque chose à ma demande
    """,
    Wish.WITHDRAW: """
        annuler ma demande
        je voudrais supprimer ma demande
        ma demande n'est plus utile
        j'ai plus besoin de ma demande
        merci d'annuler ma demande
        pouvez-vous clôturer ma demande
        je ne veux plus de ma demande
        c'est réglé, vous pouvez fermer ma demande
        retirer la demande
        laissez tomber ma demande
        annulez ma demande svp
        ma demande est à annuler
        retirez ma demande
        je souhaite abandonner ma demande
        je n'ai plus besoin de cette demande
        finalement je retire ma demande
        vous pouvez annuler ma demande c'est réglé
        fermez mon ticket svp
        clore ma demande
        ma demande a été envoyée par erreur, annulez la
        je voudrais revenir sur ma demande
        problème résolu vous pouvez fermer ma demande
        comment retirer ma demande
        supprimez mon dossier
    """,
    Wish.EMPLOYER: """
        c'est pour une autre commune
        une autre mairie
        changer d'employeur
        ce n'est pas la bonne commune
        mauvais siret
        pour un autre établissement
        je veux changer de collectivité
        pas cet employeur
        c'est pas ma commune
    """,
    Wish.LEAVE: """
        on arrête là
        je veux annuler
        annulez svp
        finalement j'annule
        je préfère laisser tomber
        stop
        je veux quitter
        je ne veux plus continuer
        tant pis
        arrêtez tout de suite
    """,
    Wish.BACK: """
        je voudrais revenir en arrière
        question précédente
        revenir à la question d'avant
        je me suis trompée
        je peux revenir à l'étape précédente ?
        retour en arrière svp
    """,
    None: """
        mon agent veut parler à un conseiller retraite
        comment joindre un document dans PEP's
        mot de passe oublié
        où en est le dossier de retraite de mon agent
        comment faire une demande de retraite
        demande de liquidation
        numéro de sécurité sociale
        numéro de contrat
        annuler une demande de retraite dans PEP's
        supprimer un compte
        personne à charge
        je veux ajouter un agent
        ajouter un compte
        une demande de validation
        comment supprimer une déclaration
        qui appelle
        conseiller municipal
        retraite d'un conseiller municipal
        le gestionnaire de paie a quitté la mairie
        non
        oui
        Petit
        Marie Personne
        merci
        demande d'avis préalable
        pension de réversion
        quelqu'un est parti en retraite
        quand sera payée la pension
        quels documents fournir
        attestation employeur
        bulletin de paie
        numéro de pension
        suivi de carrière
        transfert inter-fonds
        je voudrais déclarer un départ
        bonne journée
        contrat 4455
        demande unique
        responsable RH
        assistance technique peps
        date
        pièces à fournir
        document manquant
        certificat
        arrêté
        relevé
        bonjour
        je ne comprends pas
        mon agent a oublié son mot de passe
        comment fermer un compte
        je voudrais un rendez-vous retraite pour un agent
        un agent n'a pas reçu sa pension
        une demande de CITIS
        la pension de mon agent est en attente
        comment déclarer des heures supplémentaires
        la mairie a fusionné
        autre fonds
        CNRACL
        je veux changer de sous-motif
        pièces justificatives pour la réversion
        pas reçu le titre de pension
        fin de contrat
        réponse
        attendez
        un instant
        retour
        non merci
        c'est bon
        j'ai ma réponse
        il manque une période dans la carrière
        il manque des trimestres
        pas trouvé
        une erreur dans ma déclaration
        par erreur
        problème
        c'est réglé
        en attente
        hier
        deux mois
        Marie
        M. Lemaire
        date de naissance
        aide
        je vous envoie l'arrêté demain
        congé
        virement
        salaire
        téléphone perdu pour la double authentification
        numéro de téléphone de l'agent à changer
        contacter la CNRACL
        parler à l'agent de sa retraite
        faire une demande de retraite
    """,
}


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        (line.strip(), wish)
        for wish, lines in WORDINGS.items()
        for line in lines.strip().split("\n")
    ],
)
def test_a_wish_is_understood_in_many_words(
    knowledge: KnowledgeBase, words: str, wish: Wish | None
) -> None:
    assert knowledge.wish_of(words) == wish


@pytest.mark.parametrize(
    "words", ["JE VEUX UN HUMAIN", "un conseiler au telephonne", "tjs pas de réponse"]
)
def test_capitals_slips_and_shorthand_do_not_matter(knowledge: KnowledgeBase, words: str) -> None:
    assert knowledge.wish_of(words) is not None


@pytest.mark.parametrize(
    ("words", "wish"),
    [("où en est", Wish.FOLLOW), ("je veux retirer", Wish.WITHDRAW), ("à compléter", Wish.ADD)],
)
def test_a_reference_stands_for_the_request(
    knowledge: KnowledgeBase, words: str, wish: Wish
) -> None:
    assert knowledge.wish_of(words, names_request=True) == wish
    assert knowledge.wish_of(words) is None


def test_a_story_is_no_wish(knowledge: KnowledgeBase) -> None:
    assert knowledge.wish_of("je veux un conseiller " * 10) is None


@pytest.mark.parametrize(
    ("story", "wish"),
    [
        ("bonjour, on n'arrive plus à se connecter depuis ce matin, mes collègues non plus", True),
        ("la plateforme affiche une erreur 502 depuis hier, vous êtes au courant ?", True),
        ("personne au service paie ne peut se connecter, le mot de passe est pourtant bon", True),
        ("je n'arrive plus à me connecter depuis que j'ai changé de mot de passe", False),
        ("plus personne chez nous n'est administrateur depuis ce matin", False),
    ],
)
def test_a_failure_that_others_have_too_is_told_in_a_story(
    knowledge: KnowledgeBase, story: str, wish: bool
) -> None:
    assert (knowledge.wish_told_in(story) is Wish.OUTAGE) is wish
