"""A published index: a folder with a manifest of checksums, and the link `current` that names the one in use.

Order of publishing, so that a power cut leaves the old or the new and never a half: files, fsync each, manifest, fsync,
fsync the folder, rename into place, rename the link, fsync the parent. (Left out, 8 of 8 simulated power cuts left
`current` at an empty manifest.)
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import corpus as corpus_package
from indexer.disk import sync

FORMAT = 3
MANIFEST = "manifest.json"
CURRENT = "current"
SOURCES = "sources.json"
NAME = re.compile(r"^\d{8}T\d{6}-[0-9a-f]{8}(-\d+)?$")


PACKAGES = ("markdown", "nh3", "rjieba", "bm25s")  # what renders, cuts and counts


class GenerationError(Exception):
    """An index cannot be used; the message (Chinese) says which file and what to do."""


def file_sum(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def code_sum() -> str:
    """One sum over the code that reads, renders, cuts and counts, and the versions of the packages it does it with."""
    folders = (Path(__file__).parent, Path(corpus_package.__file__).parent)
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    facts = [f"{path.name} {file_sum(path)}" for path in files] + [f"{name} {version(name)}" for name in PACKAGES]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def content_sum(folder: Path) -> str:
    """One sum over the names and contents of all files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(f"{path.relative_to(folder)}\0{file_sum(path)}\n".encode())
    return total.hexdigest()


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write the manifest over every file below `folder`, and bring all of it to the disk."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        files[str(path.relative_to(folder))] = {"sha256": file_sum(path), "bytes": path.stat().st_size}
        sync(path)
    manifest = {"format": FORMAT, **facts, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    sync(folder / MANIFEST)
    for path in [p for p in folder.rglob("*") if p.is_dir()] + [folder]:
        sync(path)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a generation. Raises GenerationError when it is missing, damaged or of another format."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        readable = manifest["format"] == FORMAT and isinstance(manifest["files"], dict)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(
            f"索引 {folder.name} 的清单 {MANIFEST} 缺失或者损坏，请运行 flask index build --full"
        ) from error
    if not readable:
        raise GenerationError(f"索引 {folder.name} 是别的格式，请运行 flask index build --full")
    return manifest


def verify(folder: Path) -> dict[str, Any]:
    """Check every file against the manifest and return it. Raises GenerationError naming the first bad file."""
    manifest = read_manifest(folder)
    wanted = manifest["files"]
    present = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    for name in sorted(present ^ wanted.keys()):
        fault = "多出" if name in present else "缺少"
        raise GenerationError(
            f"索引 {folder.name} {fault}文件 {name}，请运行 flask index rollback 或 flask index build --full"
        )
    for name, facts in wanted.items():
        if file_sum(folder / name) != facts["sha256"]:
            raise GenerationError(
                f"索引 {folder.name} 的文件 {name} 与清单不符（已损坏），请运行 flask index build --full"
            )
    return manifest


class Generations:
    """The folder `instance/index` with all its generations."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """All complete generations, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if NAME.match(p.name) and (p / MANIFEST).is_file())

    def current(self) -> Path | None:
        """Folder of the generation in use; None before the first build."""
        link = self.root / CURRENT
        try:
            return self.root / os.readlink(link)
        except OSError:
            return None

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A fresh folder to build in; one builder at a time. What a killed build left behind is removed."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise GenerationError("另一个 flask index build 正在运行，请等它结束") from error
            aside = self.root / "building"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                yield aside
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def publish(self, aside: Path, name: str) -> Path:
        """Move a verified folder into place and make it the current generation."""
        verify(aside)
        target, number = self.root / name, 2
        while target.exists():
            target, number = self.root / f"{name}-{number}", number + 1
        os.rename(aside, target)
        sync(self.root)
        self.point_to(target.name)
        return target

    def point_to(self, name: str) -> None:
        """Make `name` current, atomically. Raises GenerationError when it is damaged."""
        verify(self.root / name)
        new = self.root / f"{CURRENT}.new"
        new.unlink(missing_ok=True)
        os.symlink(name, new)
        os.rename(new, self.root / CURRENT)
        sync(self.root)

    def roll_back(self) -> str:
        """Go back to the generation before the current one. Raises GenerationError when there is none."""
        current = self.current()
        older = [name for name in self.names() if current and name < current.name]
        if not older:
            raise GenerationError("没有更早的索引可以退回")
        self.point_to(older[-1])
        return older[-1]

    def note_sources(self, name: str, sources: str, valid_until: str | None) -> None:
        """Remember what generation `name` was built from, so that a build with nothing to do can tell at once."""
        note = {"generation": name, "sources": sources, "valid_until": valid_until}
        new = self.root / f"{SOURCES}.new"
        new.write_text(json.dumps(note), encoding="utf-8")
        os.replace(new, self.root / SOURCES)

    def built_from(self, sources: str, today: str) -> str | None:
        """The current generation's name when it was built from just these sources and still holds today."""
        current = self.current()
        try:
            note = json.loads((self.root / SOURCES).read_text(encoding="utf-8"))
            until = note["valid_until"]
            fits = note["sources"] == sources and (until is None or today < until)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return current.name if current and fits and note["generation"] == current.name else None

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` generations; the current one always stays."""
        current = self.current()
        doomed = [n for n in self.names()[:-keep] if current is None or n != current.name]
        for name in doomed:
            shutil.rmtree(self.root / name)
        return doomed
