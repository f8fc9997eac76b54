"""The texts with official law texts in the place of the digests, for checks. Nothing is changed on the disk."""

import shutil
import tempfile
from pathlib import Path

from corpus.importers.importing import import_files
from corpus.reader import Corpus, read_corpus


def read_with_laws(root: Path, laws: Path) -> Corpus:
    """Import `laws` into a copy of the texts at `root`, and read that."""
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(aside) / "corpus"
        for name in ("guides", "cases", "matters", "sayings", "regulations"):
            if (folder := root / name).is_dir():
                shutil.copytree(folder, copy / name)
        import_files([laws], copy)
        return read_corpus(copy)
