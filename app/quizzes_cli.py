"""`flask quizzes …`: check the banks, write them in other formats. Contract in docs/cli.md."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from app.bank.cli import quizzes_import, quizzes_usage
from app.bank.list_queries import Filter, all_of
from app.bank.models import Status
from app.console import as_json, say, told
from app.db import db
from app.official_texts import read_with_laws
from app.quizzes_check import Facts
from basics.problems import Problem
from corpus.reader import Corpus, read_corpus
from quizzes.bank import Bank, read_banks
from quizzes.check import SHORT_OF, check_banks, count_banks
from quizzes.formats import FormatError, format_of
from quizzes.question import TYPE_NAMES, Question, QuestionType

quizzes_cli = AppGroup("quizzes", help="题库：检查、导入、导出、统计。")
quizzes_cli.add_command(quizzes_import)
quizzes_cli.add_command(quizzes_usage)
BANKS = Path(__file__).resolve().parent.parent / "quizzes" / "banks"


banks_folder = click.option(
    "--banks", default=BANKS, type=click.Path(exists=True, file_okay=False, path_type=Path), help="题库的文件夹"
)


@quizzes_cli.command("check", help="检查题库：编号、形状、引用、数字、算式、重复（路径:行）。")
@banks_folder
@click.option(
    "--laws", type=click.Path(exists=True, file_okay=False, path_type=Path), help="官方文本的文件夹：拿正式文本核对"
)
@as_json
@told
def quizzes_check(banks: Path, laws: Path | None, as_json: bool) -> None:
    """Check every bank by itself, against the others and against the texts."""
    read = read_banks(banks)
    root = Path(current_app.config["CORPUS_DIR"])
    corpus = read_with_laws(root, laws) if laws else read_corpus(root)
    facts = Facts(corpus)
    faults = sorted({*check_banks(read), *_fact_faults(read, facts)})
    document = _document(read, corpus, facts, faults)
    if as_json:
        say(document)
    else:
        _tell(document)
    if faults:
        raise SystemExit(1)


def _fact_faults(banks: tuple[Bank, ...], facts: Facts) -> list[Problem]:
    return [
        bank.problem(index, flaw.place, flaw.message)
        for bank in banks
        for index, question in enumerate(bank.questions)
        for flaw in facts.flaws(question)
    ]


def _document(banks: tuple[Bank, ...], corpus: Corpus, facts: Facts, faults: list[Problem]) -> dict[str, Any]:
    counts = count_banks(banks)
    guides = {guide.front.id: counts["guides"].get(guide.front.id, 0) for guide in corpus.guides}
    return {
        "questions": sum(len(bank.questions) for bank in banks),
        "faults": [asdict(fault) for fault in faults],
        "counts": counts,
        "short": {guide: count for guide, count in guides.items() if count < SHORT_OF},
        "facts": asdict(facts.tally),
    }


def _tell(document: dict[str, Any]) -> None:
    for fault in document["faults"]:
        click.echo(f"{fault['path']}:{fault['line']}: {fault['message']}")
    types, facts, short = document["counts"]["types"], document["facts"], document["short"]
    by_type = "，".join(f"{TYPE_NAMES[kind]} {types[kind]}" for kind in QuestionType if kind in types)
    click.echo(f"题目 {document['questions']}（{by_type}）；问题 {len(document['faults'])} 处")
    click.echo(
        f"引用 {facts['citations']}，找到 {facts['resolved']}；所称的数字 {facts['figures']}，找到 {facts['found']}"
    )
    if short:
        click.echo(f"不足 {SHORT_OF} 题的指引：" + "，".join(f"{guide} {count}" for guide, count in short.items()))


@quizzes_cli.command("export", help="把题库写成一个文件，格式看结尾：.xlsx、.gift、.xml、.yaml。")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@banks_folder
@click.option("--database", is_flag=True, help="写数据库里可用的题，而不是文件夹里的")
@as_json
@told
def quizzes_export(file: Path, banks: Path, database: bool, as_json: bool) -> None:
    """Write every question of the banks, or every ready one of the database, into one file."""
    questions = all_of(db.session, Filter(status=Status.READY)) if database else _questions_in(banks)
    try:
        file.write_bytes(format_of(file.name).write(questions))
    except FormatError as error:
        raise ValueError(str(error)) from error
    if as_json:
        say({"file": str(file), "questions": len(questions)})
    else:
        click.echo(f"{len(questions)} 道题写进 {file}")


def _questions_in(banks: Path) -> list[Question]:
    """All questions of a folder. Raises ValueError while a bank cannot be read whole."""
    read = read_banks(banks)
    if problems := [str(problem) for bank in read for problem in bank.problems]:
        raise ValueError("题库有问题，没有导出：\n" + "\n".join(problems[:50]))
    return [question for bank in read for question in bank.questions]
