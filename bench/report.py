"""The page docs/benchmarks.md: each benchmark writes its own section."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/benchmarks.md"


def write_section(title: str, body: str) -> None:
    """Put a section in the place of the one with the same title, or at the end; print it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "# Benchmarks\n"
    section = f"## {title}\n\n{body.strip()}\n"
    old = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    kept, replaced = old.subn(lambda _: section + "\n", page)
    page = kept if replaced else page.rstrip() + "\n\n" + section
    PAGE.write_text(page.rstrip() + "\n", encoding="utf-8")
    print(section)
