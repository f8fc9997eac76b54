"""Files of questions, in and out: Excel as trainers write it, GIFT, Moodle XML, YAML. See docs/quiz-format.md.

Reading takes all or nothing: `FormatError` carries every fault. What is written reads back the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quizzes.formats import gift, moodle_xml, xlsx
from quizzes.formats import yaml as yaml_format
from quizzes.formats.errors import Fault, FormatError, whole
from quizzes.question import Question

__all__ = ["FORMATS", "Fault", "FormatError", "format_of", "read_file", "write_file"]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file; the first of `endings` is the one written."""

    title: str
    endings: tuple[str, ...]
    media_type: str
    read: Callable[[bytes], list[Question]]
    write: Callable[[Sequence[Question]], bytes]


FORMATS = {
    "xlsx": Format(
        "Excel",
        (".xlsx", ".csv"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        xlsx.read,
        xlsx.write,
    ),
    "gift": Format("GIFT", (".gift", ".txt"), "text/plain; charset=utf-8", gift.read, gift.write),
    "moodle_xml": Format("Moodle XML", (".xml",), "application/xml", moodle_xml.read, moodle_xml.write),
    "yaml": Format("YAML", (".yaml", ".yml"), "application/yaml", yaml_format.read, yaml_format.write),
}


def format_of(name: str) -> Format:
    """The format of a file, told by the ending of its name. Raises FormatError."""
    for kind in FORMATS.values():
        if name.lower().endswith(kind.endings):
            return kind
    endings = "、".join(ending for kind in FORMATS.values() for ending in kind.endings)
    raise whole(f"认不出文件的格式，文件名要以 {endings} 结尾。")


def read_file(name: str, data: bytes) -> list[Question]:
    """The questions of a file of any format. Raises FormatError."""
    return format_of(name).read(data)


def write_file(format_name: str, questions: Sequence[Question]) -> bytes:
    """A file of these questions; `format_name` is a key of FORMATS."""
    return FORMATS[format_name].write(questions)
