"""The habits of the house, each kept by a check."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from config import ROOT, Config

ROOMS = ("basics", "corpus", "indexer", "quizzes", "app")
FILE_LINES, FUNCTION_LINES, VIEW_LINES, FACTORY_LINES = 300, 40, 20, 40


def sources():
    return [ROOT / "config.py", *(p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py")))]


def functions(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def too_long(path: Path) -> list[str]:
    """What in a file is longer than the house allows."""
    lines = path.read_text(encoding="utf-8").count("\n")
    found = [f"{path}: {lines} lines"] if lines > FILE_LINES else []
    limit = VIEW_LINES if path.name.endswith("views.py") else FUNCTION_LINES
    for node in functions(path):
        length = (node.end_lineno or 0) - node.lineno + 1
        if length > limit:
            found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


def test_no_file_function_or_view_is_too_long():
    assert [fault for path in sources() for fault in too_long(path)] == []


def test_the_factory_is_a_list():
    assert (ROOT / "app/__init__.py").read_text(encoding="utf-8").count("\n") <= FACTORY_LINES


def test_the_length_check_is_not_blind(tmp_path):
    long_view = tmp_path / "views.py"
    long_view.write_text("def view():\n" + "    x = 1\n" * 25, encoding="utf-8")
    assert too_long(long_view)
    long_file = tmp_path / "a.py"
    long_file.write_text("x = 1\n" * 301, encoding="utf-8")
    assert too_long(long_file)


FORBIDDEN = {
    "queries.py": r"\.(add|delete|commit|flush)\(",
    "operations.py": r"\.commit\(|^from flask import|^from flask_login import",
    "models.py": r"^from flask import|^from flask_login import",
    "forms.py": r"\bcurrent_user\b|\babort\(",
}


def misplaced(path: Path) -> bool:
    """Whether a file of a feature does what another file is for."""
    rule = FORBIDDEN.get(path.name)
    return bool(rule and re.search(rule, path.read_text(encoding="utf-8"), re.MULTILINE))


def test_each_file_of_a_feature_does_its_own_work():
    assert [str(path) for path in (ROOT / "app").rglob("*.py") if misplaced(path)] == []


def test_the_check_of_file_roles_is_not_blind(tmp_path):
    (tmp_path / "queries.py").write_text("session.add(row)\n", encoding="utf-8")
    (tmp_path / "operations.py").write_text("session.commit()\n", encoding="utf-8")
    assert misplaced(tmp_path / "queries.py") and misplaced(tmp_path / "operations.py")


def test_no_folder_below_tests_is_a_package():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("pattern", ["*.min.js", "*.min.css", "*.safetensors", "*.faiss", "*.sqlite", "*.db", "*.onnx"])
def test_nothing_that_does_not_belong_is_in_the_repository(pattern):
    listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.stdout == ""


def test_templates_have_no_inline_script_or_style():
    faults = [
        f"{path}: {match[0]}"
        for path in (ROOT / "app/templates").rglob("*.html")
        for match in re.finditer(
            r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=\"|javascript:", path.read_text(encoding="utf-8")
        )
    ]
    assert faults == []


def test_every_setting_is_in_the_docs():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert [name for name in Config.DEFAULTS if f"`{name}`" not in text] == []


def test_every_front_matter_key_is_in_the_docs():
    from corpus.frontmatter import CaseFront, Decision, GuideFront, RegulationFront
    from corpus.matters import Boundary, Discretion, FirstOffence, MatterFile, MatterRecord, Penalty

    text = (ROOT / "docs/corpus-format.md").read_text(encoding="utf-8")
    models = (
        CaseFront,
        Decision,
        GuideFront,
        RegulationFront,
        Boundary,
        Discretion,
        FirstOffence,
        MatterFile,
        MatterRecord,
        Penalty,
    )
    missing = {key for model in models for key in model.model_fields if not re.search(rf"\b{key}\b", text)}
    assert missing == set()


def test_every_key_of_a_bank_is_in_the_docs():
    from quizzes.bank import BankFile, BlankRecord, OptionRecord, PartRecord, QuestionRecord

    text = (ROOT / "docs/quiz-format.md").read_text(encoding="utf-8")
    models = (BankFile, BlankRecord, OptionRecord, PartRecord, QuestionRecord)
    keys = {key for model in models for key in model.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_every_column_of_the_table_of_questions_is_in_the_docs():
    from quizzes.formats.xlsx_reading import COLUMNS

    text = (ROOT / "docs/quiz-format.md").read_text(encoding="utf-8")
    ranges = re.compile(r"选项[B-E]|[B-E]说明")  # 选项A to 选项F
    assert [name for name in COLUMNS if name not in text and not ranges.fullmatch(name)] == []


def borrowed(root: Path) -> list[str]:
    """Imports of another feature's views or forms, as `file imports module`."""
    found = []
    for path in sorted(root.glob("app/*/*.py")):
        own = path.parent.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("app."):
                continue
            modules = {".".join(f"{node.module}.{alias.name}".split(".")[:3]) for alias in node.names}
            if min(modules).split(".")[1] != own:
                found += [f"{path.name} imports {m}" for m in sorted(modules) if re.search(r"[._](views|forms)$", m)]
    return found


def test_no_feature_imports_another_features_views_or_forms():
    assert borrowed(ROOT) == []


def test_the_check_of_borrowed_views_is_not_blind(tmp_path):
    (tmp_path / "app/one").mkdir(parents=True)
    (tmp_path / "app/one/queries.py").write_text("from app.two.views import page\nfrom app.two import forms\n")
    (tmp_path / "app/one/views.py").write_text("from app.one.forms import Form\nfrom app.two import queries\n")
    assert borrowed(tmp_path) == ["queries.py imports app.two.views", "queries.py imports app.two.forms"]
