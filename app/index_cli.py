"""`flask index …`: build, look at, roll back, verify, search and measure the index. Contract in docs/cli.md."""

import gc
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from tqdm import tqdm

from app import clock
from app.console import as_json, fail, say, told
from app.index import live_index
from corpus.document import Audience, Kind
from corpus.reader import read_corpus
from indexer.build import update_index
from indexer.compile import prepare_encoder
from indexer.encoder import Vectors
from indexer.evaluate import Ranker, evaluate, read_qrels, read_queries, read_split
from indexer.generation import GenerationError, Generations, verify
from indexer.learn import Lesson
from indexer.lesson import AdapterLesson
from indexer.prepare import sample_texts
from indexer.query import SearchQuery, read_day
from indexer.results import Result
from indexer.search import Route, SearchResults
from indexer.snippets import snippet_text

index_cli = AppGroup("index", help="索引：建立、查看、退回、校验、检索、评测。")


def _generations() -> Generations:
    return Generations(current_app.config["INDEX_DIR"])


@index_cli.command("build", help="建立并发布索引；只给改动过的段落重新编码。")
@click.option("--full", is_flag=True, help="全部重新编码")
@as_json
@told
def index_build(full: bool, as_json: bool) -> None:
    config = current_app.config
    encoder = prepare_encoder(
        config["EMBEDDING_MODEL"],
        config["MODELS_DIR"],
        lambda: sample_texts(read_corpus(config["CORPUS_DIR"])),
        lambda line: click.echo(line, err=True),
    )
    gc.collect()  # the reference model, when the encoder has just been compiled
    gc.disable()  # a build makes a million objects and no cycles: looking for these takes a quarter of its time

    def bar(vectors: Iterable[Vectors], total: int) -> Iterable[Vectors]:
        drawn: Iterable[Vectors] = tqdm(vectors, total=total, desc="编码", unit="段", disable=as_json or None)
        return drawn

    root = config["INDEX_DIR"]
    corpus_root = config["CORPUS_DIR"]
    report = update_index(corpus_root, encoder, root, now=clock.now(), full=full, progress=bar)
    if as_json:
        say(asdict(report))
        return
    click.echo(
        f"文档 {report.documents}，段落 {report.chunks}：沿用 {report.reused}，编码 {report.encoded}；"
        f"{report.seconds} 秒"
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
        say(facts)
    else:
        for name in generations.names():
            click.echo(("* " if current and name == current.name else "  ") + name)
    if current is None:
        fail("还没有索引，请先运行 flask index build")


@index_cli.command("verify", help="按清单校验现用索引的每个文件。")
@as_json
@told
def index_verify(as_json: bool) -> None:
    current = _generations().current()
    if current is None:
        raise GenerationError("还没有索引，请先运行 flask index build")
    manifest = verify(current)
    if as_json:
        say({"generation": current.name, "files": len(manifest["files"]), "ok": True})
    else:
        click.echo(f"索引 {current.name}：{len(manifest['files'])} 个文件全部相符")


@index_cli.command("rollback", help="退回上一个索引。")
@as_json
@told
def index_rollback(as_json: bool) -> None:
    name = _generations().roll_back()
    if as_json:
        say({"current": name})
    else:
        click.echo(f"已退回 {name}")


@index_cli.command("search", help="从命令行检索。")
@click.argument("text")
@click.option("--audience", type=click.Choice([a.value for a in Audience]), required=True, help="以谁的身份")
@click.option("--kind", type=click.Choice([k.value for k in Kind]), help="只要这一类")
@click.option("--field", help="只要这个领域")
@click.option("--on", default="", help="哪一天的法律，如 2021-07-14；all 是全部版本；不写是今天")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 50), help="最多几项")
@as_json
@told
def index_search(
    text: str, audience: str, kind: str | None, field: str | None, on: str, limit: int, as_json: bool
) -> None:
    query = SearchQuery.parse(text, kind, field, read_day(on, clock.today()))
    live = live_index()
    live.get_encoder()
    found = live.search(query, audience=Audience(audience))
    if as_json:
        say(search_json(found, limit))
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


@index_cli.command("evaluate", help="用评测集衡量检索，与只用关键词、只用向量相比。")
@click.argument("queries", type=click.Path(exists=True, path_type=Path))
@click.argument("qrels", type=click.Path(exists=True, path_type=Path))
@click.option("--split", type=click.Path(exists=True, path_type=Path), help="把检索词分成 dev 和 test 的表，各自评测")
@as_json
@told
def index_evaluate(queries: Path, qrels: Path, split: Path | None, as_json: bool) -> None:
    texts, judged = read_queries(queries), read_qrels(qrels)
    part_of = read_split(split) if split else dict.fromkeys(judged, "all")
    figures = {}
    for part in sorted(set(part_of.values())):
        chosen = {key: places for key, places in judged.items() if part_of.get(key) == part}
        figures[part] = {route.value: asdict(evaluate(texts, chosen, _ranker(route))) for route in Route}
    if as_json:
        say(figures)
        return
    for part, routes in figures.items():
        for route, values in routes.items():
            click.echo(f"{part:<5}{route:<9}" + "  ".join(f"{name} {value:.4g}" for name, value in values.items()))


@index_cli.command("learn", help="从判定过的检索词学习怎样认出事项；比现用的好才采用。")
@click.argument("queries", type=click.Path(exists=True, path_type=Path))
@click.argument("qrels", type=click.Path(exists=True, path_type=Path))
@click.option("--split", type=click.Path(exists=True, path_type=Path), help="只用这张表里 dev 的检索词")
@as_json
@told
def index_learn(queries: Path, qrels: Path, split: Path | None, as_json: bool) -> None:
    judged = read_qrels(qrels)
    if split:
        part_of = read_split(split)
        judged = {key: places for key, places in judged.items() if part_of.get(key) == "dev"}
    live = live_index()
    live.get_encoder()
    weights, adapter = live.learn(read_queries(queries), judged)
    if as_json:
        say({"weights": _lesson_json(weights), "adapter": _lesson_json(adapter)})
        return
    for what, lesson in (("事项的佐证权重（前三名有对的事项）", weights), ("问法适配（条文召回与首位）", adapter)):
        verdict = "已采用，重新启动网站后生效" if lesson.is_better else "没有现用的好，不采用"
        click.echo(f"{what}：现用 {lesson.before:.1%}，新学（交叉验证）{lesson.after:.1%}；{verdict}")


def _lesson_json(lesson: Lesson | AdapterLesson) -> dict[str, Any]:
    return {"before": lesson.before, "after": lesson.after, "used": lesson.is_better}


def _ranker(route: Route) -> Ranker:
    live = live_index()
    live.get_encoder()
    return lambda text: live.rank(SearchQuery.parse(text, on=clock.today()), route, audience=Audience.OFFICER)
