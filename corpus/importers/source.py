"""What every reader of a format gives, and how a file is refused."""

import re
from dataclasses import dataclass

# Invisible marks that change nothing a reader sees: byte order mark, zero width spaces, direction marks, soft hyphen.
INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u00ad]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
BREAKS = re.compile("\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")


class Refused(Exception):
    """A file that is not imported; the message is the reason, in Chinese."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `heading` is the rank a format itself gives it (1 for a title), 0 for none."""

    text: str
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read from one file."""

    file_bytes: int = 20_000_000
    zip_bytes: int = 60_000_000
    zip_ratio: int = 100
    zip_entries: int = 2_000
    pdf_pages: int = 500
    child_seconds: int = 10
    child_memory: int = 1_000_000_000
    text_chars: int = 5_000_000


def clean(text: str) -> str:
    """One line with its invisible marks dropped and its spaces made plain; control characters are refused."""
    if control := CONTROL.search(text):
        raise Refused(f"含有控制字符 U+{ord(control[0]):04X}")
    if "\ufffd" in text:
        raise Refused("有的文字已经损坏，无法还原（U+FFFD）")
    return re.sub(r"\s+", " ", INVISIBLE.sub("", text)).strip()


def to_lines(text: str) -> list[Line]:
    """Lines of plain text that are not blank."""
    return [Line(line) for raw in BREAKS.split(text) if (line := clean(raw))]
