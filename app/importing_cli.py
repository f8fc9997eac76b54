"""`flask corpus import PATH…`: official law texts into CORPUS_DIR. Described in docs/importing.md."""

import datetime as dt
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import click
from flask import current_app
from flask.cli import with_appcontext
from tqdm import tqdm

from corpus.frontmatter import AuthorityLevel
from corpus.importers.importing import Options, Report, import_files

LEVELS = get_args(AuthorityLevel)
SHOWN = 200


@click.command("import", help="导入官方法规文本（docx、pdf、html、md、txt），写进文本目录。")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只看结果，什么都不写")
@click.option("--force", is_flag=True, help="覆盖改过的文本；引用会落空也导入；已导入的重新导入")
@click.option("--level", type=click.Choice(LEVELS), help="效力级别（看不出来时）")
@click.option("--effective-on", type=click.DateTime(["%Y-%m-%d"]), help="施行日期（看不出来时）")
@click.option("--source", help="来源，写进文本的 source")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档")
@with_appcontext
def corpus_import(paths: tuple[Path, ...], as_json: bool, **choices: Any) -> None:
    """Read, recognise, check and write every file of `paths`."""
    day: dt.datetime | None = choices["effective_on"]
    options = Options(
        choices["dry_run"], choices["force"], choices["level"], day.date() if day else None, choices["source"]
    )
    started = time.monotonic()

    def bar(files: list[Any]) -> Iterable[Any]:
        drawn: Iterable[Any] = tqdm(files, desc="导入", unit="个", disable=as_json or None)
        return drawn

    try:
        report = import_files(paths, Path(current_app.config["CORPUS_DIR"]), options, progress=bar)
    except (OSError, ValueError) as error:
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False) if as_json else str(error), err=not as_json)
        raise SystemExit(1) from error
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        click.echo(json.dumps(_as_document(report, seconds), ensure_ascii=False, indent=1))
    else:
        _tell(report, seconds, options.dry_run)
    if report.refused:
        raise SystemExit(1)


def _as_document(report: Report, seconds: float) -> dict[str, Any]:
    return {
        "read": [asdict(entry) for entry in report.read],
        "skipped": report.skipped,
        "refused": [asdict(entry) for entry in report.refused],
        "articles": report.articles,
        "seconds": seconds,
    }


def _tell(report: Report, seconds: float, dry_run: bool) -> None:
    for entry in report.read[:SHOWN]:
        place = f"，替换 {entry.replaces}" if entry.replaces else ""
        click.echo(f"{entry.title}（{entry.effective_on} 起施行，{entry.articles} 条）→ {entry.id}{place}")
    if len(report.read) > SHOWN:
        click.echo(f"……以及另外 {len(report.read) - SHOWN} 部")
    for refusal in report.refused:
        click.secho(f"没有导入 {refusal.path}：{refusal.reason}", fg="red", err=True)
    verb = "可以导入" if dry_run else "导入"
    click.echo(
        f"{verb} {len(report.read)} 部（{report.articles} 条），跳过 {report.skipped} 个，"
        f"拒绝 {len(report.refused)} 个；{seconds} 秒"
    )
