"""Reads a PDF or a web page in a process of its own, with limits on its time and memory.

Both parsers have had inputs that take hours or gigabytes; the limits hold whatever the next one is. The parent half is
`run_child`; the child half is `main`, started as `python -m corpus.importers.child KIND PAGES SECONDS MEMORY`.
"""

import json
import subprocess
import sys
from pathlib import Path

from corpus.importers.source import Limits, Refused

ROOT = Path(__file__).resolve().parents[2]


def run_child(kind: str, data: bytes, limits: Limits) -> list[tuple[str, int]]:
    """Lines with their heading ranks. Raises Refused with the child's reason, or when a limit stopped it."""
    numbers = [str(n) for n in (limits.pdf_pages, limits.child_seconds, limits.child_memory, limits.text_chars)]
    command = [sys.executable, "-m", "corpus.importers.child", kind, *numbers]
    try:
        done = subprocess.run(  # noqa: S603  our own module, plain numbers
            command, input=data, capture_output=True, timeout=limits.child_seconds + 2, check=False,
            env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Refused(f"解析超过 {limits.child_seconds} 秒，已经停止") from error
    if done.returncode != 0:
        raise Refused(f"解析超过 {limits.child_seconds} 秒或者 {limits.child_memory / 1e6:.0f} MB 内存，已经停止")
    answer = json.loads(done.stdout)
    if isinstance(answer, str):
        raise Refused(answer)
    return [(str(text), int(rank)) for text, rank in answer]


def main(arguments: list[str]) -> None:
    """The child: limits first, then the parser."""
    import resource

    kind, (pages, seconds, memory, chars) = arguments[0], map(int, arguments[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        lines = _read(kind, data, pages)
        answer = lines if sum(len(text) for text, _ in lines) <= chars else f"文字超过 {chars} 个，不像一部法规"
    except Refused as refused:
        answer = str(refused)
    sys.stdout.write(json.dumps(answer))


def _read(kind: str, data: bytes, pages: int) -> list[tuple[str, int]]:
    if kind == "html":
        from corpus.importers.html import html_lines

        return html_lines(data.decode("utf-8"))
    from corpus.importers.pdf import pdf_lines

    return [(line, 0) for line in pdf_lines(data, pages)]


if __name__ == "__main__":
    main(sys.argv[1:])
