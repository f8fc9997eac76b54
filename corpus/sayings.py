"""Sayings 问法: how people ask about procedure in general, each leading to one article (`corpus/sayings/*.yaml`)."""

from typing import Any

from pydantic import Field

from basics.records import Strict, parse_record
from basics.yamltext import load_yaml
from corpus.problems import Problem


class SayingRecord(Strict):
    """One article and ways of asking that it answers."""

    article: str = Field(min_length=6, max_length=60)
    said: tuple[str, ...] = Field(min_length=1)


class Saying(SayingRecord):
    """A record with the place where it is written."""

    source: str
    line: int


class SayingFile(Strict):
    """The file: a list of sayings, checked one by one for better messages."""

    sayings: tuple[Any, ...]


def read_sayings(text: str, path: str) -> tuple[list[Saying], list[Problem]]:
    """Read the file; an entry with a fault is left out and told."""
    value, lines, problems = load_yaml(text, path)
    if problems:
        return [], problems
    head, problems = parse_record(SayingFile, value, path, lines)
    sayings: list[Saying] = []
    for position, entry in enumerate(head.sayings if head else ()):
        at = ("sayings", position)
        record, faults = parse_record(SayingRecord, entry, path, lines, at)
        problems += faults
        if record:
            sayings.append(Saying(**record.model_dump(), source=path, line=lines.get(at, 1)))
    return sayings, problems
