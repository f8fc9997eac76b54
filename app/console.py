"""What the commands share: JSON or plain output, and expected failures told in one sentence."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy.exc import OperationalError

from corpus.problems import CorpusError
from indexer.generation import GenerationError
from indexer.models import ModelError
from indexer.query import QueryError

as_json = click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档")

P = ParamSpec("P")
R = TypeVar("R")


def say(document: dict[str, Any]) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def fail(message: str, json_wanted: bool = False) -> NoReturn:
    """End with status 1 and one sentence."""
    if json_wanted:
        say({"error": message})
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
            fail(f"文本有 {len(error.problems)} 处问题，没有建索引：\n{listing}", bool(kwargs.get("as_json")))
        except OperationalError as error:
            fail(f"数据库不能用（{error.orig}）。还没有建好时请先运行 flask db upgrade。", bool(kwargs.get("as_json")))
        except (GenerationError, ModelError, QueryError, FileNotFoundError, ValueError) as error:
            fail(str(error), bool(kwargs.get("as_json")))

    return run
