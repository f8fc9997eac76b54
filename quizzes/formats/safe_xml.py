"""XML from strangers: no DOCTYPE, so no entity can grow or reach for a file; every element knows its line."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from quizzes.formats.errors import MAX_BYTES, Fault, FormatError, whole

MAX_DEPTH = 40


class _Refused(Exception):
    pass


def parse(data: bytes) -> tuple[Element, dict[Element, int]]:
    """The root of a document and the line on which each element begins. Raises FormatError."""
    if len(data) > MAX_BYTES:
        raise whole("文件超过 6 MB，请拆小后再导入。")
    parser, builder = expat.ParserCreate(), TreeBuilder()
    parser.buffer_text = True
    lines: dict[Element, int] = {}
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused("元素套得太深，这不是题目文件。")
        lines[builder.start(tag, attributes)] = parser.CurrentLineNumber

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise _Refused("含有 DOCTYPE 声明，没有读取。请删去这一行。")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FormatError([Fault(error.lineno, "", "XML 写法有误，读不下去。")]) from error
    except (_Refused, LookupError) as error:
        message = str(error) if isinstance(error, _Refused) else "认不出文件的编码，请存成 UTF-8。"
        raise FormatError([Fault(parser.CurrentLineNumber, "", message)]) from error
    return builder.close(), lines
