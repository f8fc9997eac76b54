"""YAML as people write it here: no aliases, no duplicate keys, and every key knows its line.

Aliases are refused because eight levels of them turn 300 bytes into gigabytes; duplicate keys because YAML would
silently keep the last.
"""

from typing import Any

import yaml

from basics.problems import Problem

Lines = dict[tuple[str | int, ...], int]


class _Fault(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Loader(yaml.CSafeLoader):
    """SafeLoader in C that tells a day that does not exist with its line."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise _Fault(_line(node), f"没有 {node.value} 这一天") from error


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def load_yaml(text: str, path: str, first_line: int = 1) -> tuple[Any, Lines, list[Problem]]:
    """Read one YAML document.

    `first_line` is the line of the file on which `text` begins. Returns the value, the line of every key and list
    entry by its location (`("matters", 0, "name")`), and the faults; with a fault the value is None.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: Lines = {}
        if node is not None:
            _note_lines(node, (), first_line, lines, set())
        value = None if node is None else loader.construct_document(node)
    except _Fault as fault:
        return None, {}, [Problem(path, first_line + fault.line - 1, fault.message)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        return None, {}, [Problem(path, first_line + line, f"YAML 写法有误：{error.problem or error.context}")]
    except (yaml.YAMLError, ValueError) as error:
        return None, {}, [Problem(path, first_line, f"YAML 无法读取：{error}")]
    finally:
        loader.dispose()
    return value, lines, []


def _note_lines(node: yaml.Node, at: tuple[str | int, ...], first_line: int, lines: Lines, seen: set[int]) -> None:
    """Note the line of every key and entry. Raises _Fault on an alias (a node met twice) and on a key that repeats."""
    if id(node) in seen:
        raise _Fault(_line(node), "不允许使用 YAML 锚点和别名（& 与 *）")
    seen.add(id(node))
    lines[at] = first_line + _line(node) - 1
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            place = (*at, str(key.value))
            if place in lines:
                raise _Fault(_line(key), f"键“{key.value}”重复出现")
            _note_lines(child, place, first_line, lines, seen)
            lines[place] = first_line + _line(key) - 1
    elif isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            _note_lines(child, (*at, position), first_line, lines, seen)


def line_of(location: tuple[str | int, ...], lines: Lines) -> int:
    """Line of `location`, or of the nearest enclosing thing that has one."""
    while location not in lines and location:
        location = location[:-1]
    return lines.get(location, 1)
