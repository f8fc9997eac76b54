"""`flask corpus …`: check the texts, bring official law texts in (docs/importing.md). Contract in docs/cli.md."""

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import click
from flask import current_app
from flask.cli import AppGroup
from tqdm import tqdm

from app.console import as_json, fail, say, told
from app.official_texts import read_with_laws
from corpus.check import Findings, check_corpus, count_corpus
from corpus.digests import check_digests
from corpus.frontmatter import AuthorityLevel
from corpus.importers.importing import Options, Report, import_files
from corpus.problems import Problem
from corpus.reader import Corpus, read_corpus

corpus_cli = AppGroup("corpus", help="文本：检查、导入官方文本。")

LEVELS = get_args(AuthorityLevel)
SHOWN = 200


@corpus_cli.command("check", help="检查全部文本，列出每一处问题（路径:行）。")
@click.option(
    "--laws", type=click.Path(exists=True, file_okay=False, path_type=Path), help="官方文本的文件夹：拿正式文本核对"
)
@as_json
@told
def corpus_check(laws: Path | None, as_json: bool) -> None:
    """Check the texts as they are, or with official texts in the place of the digests."""
    corpus = _corpus()
    findings = check_corpus(corpus)
    document: dict[str, Any] = {"counts": count_corpus(corpus), "facts": asdict(findings.tally)}
    problems = [*findings.problems, *findings.gaps]
    if laws:
        with_laws, digests = _check_against(laws, corpus)
        problems += [*with_laws.problems, *digests.problems]
        document |= {"facts": asdict(with_laws.tally), "digests": asdict(digests.tally)}
    if as_json:
        say({"problems": [asdict(p) for p in problems], **document})
    else:
        _tell_check(problems, document)
    if problems:
        raise SystemExit(1)


def _check_against(laws: Path, corpus: Corpus) -> tuple[Findings, Findings]:
    """Check the texts with `laws` in the place of the digests; then hold the digests against what was imported."""
    official = read_with_laws(current_app.config["CORPUS_DIR"], laws)
    return check_corpus(official), check_digests(corpus, official)


def _tell_check(problems: list[Problem], document: dict[str, Any]) -> None:
    for problem in problems:
        click.echo(str(problem))
    kinds, facts, digests = document["counts"]["kinds"], document["facts"], document.get("digests")
    click.echo(
        f"指引 {kinds['guide']}，案例 {kinds['case']}，法规 {kinds['regulation']}（{kinds['article']} 条），"
        f"事项 {kinds['matter']}；问题 {len(problems)} 处"
    )
    click.echo(_facts_line("引用", facts, "处罚数字"))
    if digests:
        click.echo(_facts_line("摘要的条文", digests, "其中数字"))


def _facts_line(what: str, facts: dict[str, int], figures: str) -> str:
    return f"{what} {facts['citations']}，找到 {facts['resolved']}；{figures} {facts['figures']}，找到 {facts['found']}"


def _corpus() -> Corpus:
    return read_corpus(Path(current_app.config["CORPUS_DIR"]))


@corpus_cli.command("import", help="导入官方法规文本（docx、pdf、html、md、txt），写进文本目录。")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只看结果，什么都不写")
@click.option("--force", is_flag=True, help="覆盖改过的文本；引用会落空也导入；已导入的重新导入")
@click.option("--level", type=click.Choice(LEVELS), help="效力级别（看不出来时）")
@click.option("--effective-on", type=click.DateTime(["%Y-%m-%d"]), help="施行日期（看不出来时）")
@click.option("--source", help="来源，写进文本的 source")
@as_json
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
        fail(str(error), as_json)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        say(_as_document(report, seconds))
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
