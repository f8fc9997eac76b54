"""`flask search prune|pairs`: forget old traces; hand judged pairs to `flask index learn`."""

import csv
from pathlib import Path

import click
from flask.cli import AppGroup

from app import clock
from app.console import as_json, say, told
from app.db import db, writing
from app.search import operations
from app.search.queries import judged_pairs

search_cli = AppGroup("search", help="检索记录：清理过期的，导出编辑认可的训练对。")
COLUMNS = ("query-id", "text", "corpus-id", "score")


@search_cli.command("prune", help="删除 90 天以前的检索记录；可以每天运行一次。")
@as_json
@told
def prune(as_json: bool) -> None:
    with writing() as session:
        count = operations.prune_traces(session, clock.now())
    if as_json:
        say({"pruned": count})
    else:
        click.echo(f"删除了 {count} 条检索记录")


@search_cli.command("pairs", help="把编辑认可的“检索词—文档”写成 TSV，供 flask index learn 使用。")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到这个文件")
@as_json
@told
def pairs(out: Path, as_json: bool) -> None:
    rows = judged_pairs(db.session)
    ids = {query: f"use-{number:05d}" for number, query in enumerate(dict.fromkeys(row[0] for row in rows), 1)}
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((ids[query], query, place, score) for query, place, score in rows)
    if as_json:
        say({"pairs": len(rows), "queries": len(ids), "file": str(out)})
    else:
        click.echo(f"{len(rows)} 对，{len(ids)} 个检索词，写到 {out}")
