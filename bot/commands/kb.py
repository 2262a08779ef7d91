"""`guichet kb`: the knowledge base searched, shown, checked, measured and added to."""

from collections import Counter
from pathlib import Path
from shlex import quote
from time import process_time
from typing import Annotated

import typer

from bot.channels import formatting
from bot.clock import utc_now
from bot.commands.common import AsJson, fail, load_store, say, show_json
from bot.conversation.screens.search import article_text
from bot.conversation.texts import fill
from bot.domain.dates import day_in_paris
from knowledge import Article, Kind, load_knowledge
from knowledge.base import content_folder
from knowledge.search.language import fold
from knowledge.tools.check import ContentLevel, check_folder
from knowledge.tools.editing import ArticleDraft, group_gaps, new_article, with_wording
from knowledge.tools.evaluation import evaluate, load_cases

app = typer.Typer(help="La base d'articles et le catalogue.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(metavar="ARTICLE", help="Par exemple peps-creer-compte.")]


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="Comme on la taperait.")],
    limit: Annotated[int, typer.Option(help="Au plus tant de résultats.")] = 3,
    explain: Annotated[bool, typer.Option("--explain", help="Dit ce qui a trouvé chacun.")] = False,
) -> None:
    """Cherche comme la conversation le ferait."""
    knowledge = load_knowledge()
    found = knowledge.search(question, limit=limit)
    say(f"{found.verdict} ({found.reason})")
    if found.corrected:
        say(f"compris : {found.corrected}")
    if found.orientation:
        say(f"ailleurs : {found.orientation.title} [{found.orientation.code}]")
    elif found.redirect:
        say(found.redirect)
    for number, hit in enumerate(found.hits, 1):
        say(f"{number}. {hit.title} [{hit.kind}, {hit.slug}]")
        if explain:
            say(f"   {hit.score:.2f}  trouvé par : {hit.why}")
    if explain:
        for suggestion in knowledge.suggest(question):
            say(f"sous-motif {suggestion.score:.2f}  {suggestion.path}")


@app.command()
def show(
    slug: Slug,
    html: Annotated[bool, typer.Option("--html", help="Comme Telegram le reçoit.")] = False,
) -> None:
    """Un article comme on le lit dans le terminal, ou tel que Telegram le reçoit."""
    article = _article(slug)
    with load_store().read() as db:
        tally = db.statistics.votes(slug, article.version)
    blocks = formatting.blocks(fill(article_text(article)))
    if not html:
        say("\n".join(formatting.to_plain(block) for block in blocks))
        votes = f"{tally.useful} oui, {tally.not_useful} non"
        is_rated = tally.useful or tally.not_useful  # nobody's vote is no zero
        say(f"\n{votes if is_rated else 'pas encore notée'}")
        return
    parts = list(formatting.pack(blocks, limit=4096, size=formatting.utf16_units))
    for number, part in enumerate(parts, 1):
        say(f"--- message {number} sur {len(parts)} ---")
        say("\n".join(formatting.to_html(block) for block in part))


@app.command()
def check(
    folder: Annotated[Path | None, typer.Option(help="Un autre contenu que celui livré.")] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Montre aussi les remarques.")] = False,
) -> None:
    """Vérifie articles, catalogue et liens ; échoue s'il y a une erreur."""
    found = check_folder(folder or content_folder(), today=day_in_paris(utc_now()))
    for finding in found:
        if notes or finding.level is not ContentLevel.NOTE:
            say(str(finding))
    count = Counter(finding.level for finding in found)
    say(
        f"{count[ContentLevel.ERROR]} erreurs, {count[ContentLevel.WARNING]} avertissements, "
        f"{count[ContentLevel.NOTE]} remarques."
    )
    if count[ContentLevel.ERROR]:
        raise typer.Exit(1)


@app.command("eval")
def evaluate_questions(
    file: Annotated[Path, typer.Argument(help="Questions et réponses attendues, en JSONL.")],
    as_json: AsJson = False,
    noise: Annotated[bool, typer.Option("--noise", help="Une faute par mot long.")] = False,
) -> None:
    """Mesure la recherche sur des questions dont la bonne réponse est connue."""
    report = evaluate(load_knowledge(), load_cases(file), clock=process_time, noise=noise)
    if as_json:
        show_json(report.as_json())
    else:
        say(str(report))


@app.command()
def new(
    slug: Slug,
    title: Annotated[str, typer.Option(help="Le titre, en mots simples.")],
    theme: Annotated[str, typer.Option(help="Le code du thème, par exemple cotisations.")],
    kind: Annotated[Kind, typer.Option(help="Aide, site ou documentation juridique.")] = Kind.AIDE,
    folder: Annotated[Path | None, typer.Option(help="Où l'écrire.")] = None,
) -> None:
    """Crée le squelette d'un article, avec un code court jamais utilisé."""
    knowledge = load_knowledge()
    if knowledge.catalogue.theme(theme) is None:
        codes = ", ".join(theme.code for theme in knowledge.catalogue.themes)
        fail(f"Le thème {theme} n'existe pas. Thèmes : {codes}.")
    draft = ArticleDraft(slug=slug, title=title, kind=kind, theme=theme)
    path = (folder or content_folder()) / draft.path
    if slug in knowledge.articles or path.exists():
        fail(f"L'article {slug} existe déjà.")
    path.parent.mkdir(parents=True, exist_ok=True)
    taken = {article.code for article in knowledge.articles.values()}
    path.write_text(new_article(draft, taken_codes=taken), encoding="utf-8")
    say(f"À écrire : {path}")


@app.command()
def paths(
    words: Annotated[
        str, typer.Argument(metavar="[MOTS]", help="Seulement ceux qui en parlent.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Les chemins du catalogue, à copier dans GLPI_CATEGORIES ; un début vaut pour la suite."""
    wanted = fold(words).split()
    found: dict[str, tuple[str, ...]] = {}
    for theme, motif, sous_motif in load_knowledge().catalogue.levels:
        labels = (theme.label, motif.label, sous_motif.label)
        for length, path in enumerate((theme.code, motif.path, sous_motif.path), 1):
            said = fold(" ".join((path, *labels[:length])))
            if all(word in said for word in wanted):
                found[path] = labels[:length]
    if not found:
        fail(f"Aucun chemin ne parle de « {words} ». Tous : guichet kb paths")
    for path, named in found.items():
        if as_json:
            show_json({"path": path, "labels": named})
        else:
            say(f"{path}\n    {named[-1]}")


@app.command()
def gaps(limit: Annotated[int, typer.Option(help="Au plus tant de groupes.")] = 20) -> None:
    """Les questions restées sans réponse, groupées, avec l'article le plus proche."""
    with load_store().read() as db:
        questions = db.statistics.unanswered_questions()
    found = group_gaps(questions, load_knowledge())
    for gap in found[:limit]:
        say(f"{gap.weight:>4}  {gap.wording}")
        if gap.nearest:
            say(f"      guichet kb add-wording {gap.nearest} {quote(gap.wording)}")
    say(f"{len(questions)} questions, {len(found)} groupes.")


@app.command("add-wording")
def add_wording(
    slug: Slug, wording: Annotated[str, typer.Argument(help="La tournure à ajouter.")]
) -> None:
    """Ajoute une tournure à un article, pour que la question le trouve désormais."""
    article = _article(slug)
    path = content_folder() / article.kind / article.theme / f"{slug}.md"
    path.write_text(with_wording(path.read_text(encoding="utf-8"), wording), encoding="utf-8")
    say(f"Ajouté à {path}. Vérifiez : guichet kb check")


def _article(slug: str) -> Article:
    article = load_knowledge().article(slug)
    if article is None:
        fail(f"L'article {slug} n'existe pas. Cherchez-le : guichet kb search …")
    return article
