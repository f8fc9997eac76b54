"""The command line: `flask corpus …`, `flask index …`, `flask demo`. Contract in docs/cli.md.

With `--json` a command prints one JSON document; the exit status is 0 only when all is well.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from tqdm import tqdm

from app import clock
from app.importing_cli import corpus_import
from app.index import live_index
from corpus.check import check_corpus, count_corpus
from corpus.document import Audience, Kind
from corpus.problems import CorpusError
from corpus.reader import Corpus, read_corpus
from indexer.build import update_index
from indexer.encoder import SentenceEncoder, Vectors
from indexer.evaluate import evaluate, read_qrels, read_queries
from indexer.generation import GenerationError, Generations, verify
from indexer.models import ModelError
from indexer.query import QueryError, SearchQuery
from indexer.search import Result, SearchResults
from indexer.snippets import snippet_text

corpus_cli = AppGroup("corpus", help="文本：检查、导入官方文本。")
index_cli = AppGroup("index", help="索引：建立、查看、退回、校验、检索、评测。")
as_json = click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档")

P = ParamSpec("P")
R = TypeVar("R")


def init_app(app: Flask) -> None:
    """Register the commands."""
    corpus_cli.add_command(corpus_import)
    app.cli.add_command(corpus_cli)
    app.cli.add_command(index_cli)
    app.cli.add_command(demo)


def _say(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _fail(message: str, json_wanted: bool = False) -> NoReturn:
    if json_wanted:
        _say({"error": message})
    else:
        click.secho(message, fg="red", err=True)
    raise SystemExit(1)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Turn expected failures into one clear sentence and exit status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CorpusError as error:
            listing = "\n".join(map(str, error.problems[:50]))
            _fail(f"文本有 {len(error.problems)} 处问题，没有建索引：\n{listing}", bool(kwargs.get("as_json")))
        except (GenerationError, ModelError, QueryError, FileNotFoundError, ValueError) as error:
            _fail(str(error), bool(kwargs.get("as_json")))

    return run


def _corpus() -> Corpus:
    return read_corpus(current_app.config["CORPUS_DIR"])


def _generations() -> Generations:
    return Generations(current_app.config["INDEX_DIR"])


@corpus_cli.command("check", help="检查全部文本，列出每一处问题（路径:行）。")
@as_json
@told
def corpus_check(as_json: bool) -> None:
    corpus = _corpus()
    problems = check_corpus(corpus)
    counts = count_corpus(corpus)
    if as_json:
        _say({"problems": [asdict(p) for p in problems], "counts": counts})
    else:
        for problem in problems:
            click.echo(str(problem))
        kinds = counts["kinds"]
        click.echo(
            f"指引 {kinds['guide']}，案例 {kinds['case']}，法规 {kinds['regulation']}（{kinds['article']} 条），"
            f"事项 {kinds['matter']}；问题 {len(problems)} 处"
        )
    if problems:
        raise SystemExit(1)


@index_cli.command("build", help="建立并发布索引；只给改动过的段落重新编码。")
@click.option("--full", is_flag=True, help="全部重新编码")
@as_json
@told
def index_build(full: bool, as_json: bool) -> None:
    config = current_app.config
    encoder = SentenceEncoder(config["EMBEDDING_MODEL"], config["MODELS_DIR"], live_index().lender)

    def bar(vectors: Iterable[Vectors], total: int) -> Iterable[Vectors]:
        drawn: Iterable[Vectors] = tqdm(vectors, total=total, desc="编码", unit="段", disable=as_json or None)
        return drawn

    root = config["INDEX_DIR"]
    corpus_root = config["CORPUS_DIR"]
    report = update_index(corpus_root, encoder, root, now=clock.now(), full=full, progress=bar)
    if as_json:
        _say(asdict(report))
        return
    click.echo(
        f"文档 {report.documents}，段落 {report.chunks}：沿用 {report.reused}，编码 {report.encoded}；"
        f"{report.seconds} 秒（其中装载模型 {report.model_seconds} 秒）"
    )
    click.echo(f"索引 {report.generation} " + ("已发布" if report.published else "没有变化"))


@index_cli.command("status", help="现用的索引和可以退回的索引。")
@as_json
@told
def index_status(as_json: bool) -> None:
    generations = _generations()
    current = generations.current()
    facts = {"current": current.name if current else None, "generations": generations.names()}
    if as_json:
        _say(facts)
    else:
        for name in generations.names():
            click.echo(("* " if current and name == current.name else "  ") + name)
    if current is None:
        _fail("还没有索引，请先运行 flask index build")


@index_cli.command("verify", help="按清单校验现用索引的每个文件。")
@as_json
@told
def index_verify(as_json: bool) -> None:
    current = _generations().current()
    if current is None:
        raise GenerationError("还没有索引，请先运行 flask index build")
    manifest = verify(current)
    if as_json:
        _say({"generation": current.name, "files": len(manifest["files"]), "ok": True})
    else:
        click.echo(f"索引 {current.name}：{len(manifest['files'])} 个文件全部相符")


@index_cli.command("rollback", help="退回上一个索引。")
@as_json
@told
def index_rollback(as_json: bool) -> None:
    name = _generations().roll_back()
    if as_json:
        _say({"current": name})
    else:
        click.echo(f"已退回 {name}")


@index_cli.command("search", help="从命令行检索。")
@click.argument("text")
@click.option("--audience", type=click.Choice([a.value for a in Audience]), required=True, help="以谁的身份")
@click.option("--kind", type=click.Choice([k.value for k in Kind]), help="只要这一类")
@click.option("--field", help="只要这个领域")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 50), help="最多几项")
@as_json
@told
def index_search(text: str, audience: str, kind: str | None, field: str | None, limit: int, as_json: bool) -> None:
    query = SearchQuery.parse(text, kind, field)
    live = live_index()
    live.get_encoder()
    found = live.search(query, audience=Audience(audience))
    if as_json:
        _say(search_json(found, limit))
        return
    for result in (*found.matters[:limit], *found.results[:limit]):
        click.echo(f"{result.score:.3f} {result.kind.value:<10} {result.document.title}  {result.url}")
        click.echo("       " + snippet_text(result.hits[0].snippet)[:100])


def search_json(found: SearchResults, limit: int) -> dict[str, Any]:
    """Search results as `flask index search --json` prints them."""
    return {
        "generation": found.generation,
        "ms": found.ms,
        "matters": [_result_json(result) for result in found.matters[:limit]],
        "results": [_result_json(result) for result in found.results[:limit]],
    }


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "id": result.document.id,
        "kind": result.kind.value,
        "title": result.document.title,
        "field": "、".join(result.document.fields),
        "score": result.score,
        "url": result.url,
        "hits": [
            {
                "anchor": hit.anchor,
                "heading_path": list(hit.heading_path),
                "snippet": snippet_text(hit.snippet),
                "score": hit.score,
            }
            for hit in result.hits
        ],
    }


@index_cli.command("evaluate", help="用评测集衡量检索：recall@10、MRR@10、nDCG@10、用时。")
@click.argument("queries", type=click.Path(exists=True, path_type=Path))
@click.argument("qrels", type=click.Path(exists=True, path_type=Path))
@as_json
@told
def index_evaluate(queries: Path, qrels: Path, as_json: bool) -> None:
    live = live_index()
    live.get_encoder()

    def rank(text: str) -> list[str]:
        found = live.search(SearchQuery.parse(text), audience=Audience.OFFICER)
        ranked = sorted((*found.matters, *found.results), key=lambda r: -r.score)
        return [place for r in ranked for place in (r.document.id, f"{r.document.id}#{r.hits[0].anchor}")]

    figures = asdict(evaluate(read_queries(queries), read_qrels(qrels), rank))
    if as_json:
        _say(figures)
    else:
        for name, value in figures.items():
            click.echo(f"{name:>14}  {value:.4g}")


@click.command("demo", help="升级数据库，放入示例单位和每种角色一个示例账号（只有 DEMO=1 时能登录）。")
@with_appcontext
@told
def demo() -> None:
    from app.db import alembic, writing
    from app.demo import load_demo

    alembic.upgrade()
    with writing() as session:
        accounts = load_demo(session, clock.now())
    click.echo("示例账号（只有 DEMO=1 时能登录）：")
    for account in accounts:
        click.echo(f"  {account.username:<10} {account.password:<20} {account.role_name}")
