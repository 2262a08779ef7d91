"""`guichet kb`: the knowledge base searched, shown and checked."""

from typing import Annotated, NoReturn

import typer

from bot.channels import markup
from bot.conversation.screens.article import article_text
from bot.conversation.wording import fill
from knowledge import Found, load_knowledge

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
    for line in _found_lines(found, explain=explain):
        typer.echo(line)
    if explain:
        for suggestion in knowledge.suggest(question):
            typer.echo(f"sous-motif {suggestion.score:.2f}  {suggestion.path}")


def _found_lines(found: Found, *, explain: bool) -> list[str]:
    lines = [f"{found.verdict} ({found.reason})"]
    if found.corrected:
        lines.append(f"compris : {found.corrected}")
    if found.redirect:
        lines.append(found.redirect)
    for number, hit in enumerate(found.hits, 1):
        lines.append(f"{number}. {hit.title} [{hit.kind}, {hit.slug}]")
        if explain:
            lines.append(f"   {hit.score:.2f}  trouvé par : {hit.why}")
    return lines


@app.command()
def show(
    slug: Slug,
    html: Annotated[bool, typer.Option("--html", help="Comme Telegram le reçoit.")] = False,
) -> None:
    """Un article comme on le lit dans le terminal, ou tel que Telegram le reçoit."""
    article = load_knowledge().article(slug)
    if article is None:
        _fail(f"L'article {slug} n'existe pas. Cherchez-le : guichet kb search …")
    blocks = markup.blocks(fill(article_text(article)))
    if not html:
        typer.echo("\n".join(markup.to_plain(block) for block in blocks))
        return
    parts = list(markup.pack(blocks, limit=4096, size=markup.utf16_units))
    for number, part in enumerate(parts, 1):
        typer.echo(f"--- message {number} sur {len(parts)} ---")
        typer.echo("\n".join(markup.to_html(block) for block in part))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
