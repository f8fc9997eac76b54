"""Banks in YAML: every fault with its line, and what is written reads the same."""

from pathlib import Path

import pytest

from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.bank import Bank, parse_bank, read_bank, read_banks, write_bank
from quizzes.question import QuestionType

GOOD = """field: 城镇燃气
guide: guide-01
questions:
- key: q-0101
  type: single
  difficulty: 2
  matter: m-0103
  stem: 最高可以罚多少？
  options:
  - text: 一千元
    why: 这是对个人的。
  - {text: 十万元, right: true, why: 这是对单位的。}
  explanation: 分清单位和个人。
  cites: [《城镇燃气管理条例》第四十九条第一款]
- key: q-0102
  type: case
  difficulty: 4
  stem: （示例）某饭店的案情。
  parts:
  - type: fill_in
    stem: 处____元以下罚款。
    blanks:
    - accepts: [十万, "100000"]
      why: 上限。
  explanation: 看清主体。
  cites: [guide-01#s-裁量]
"""


def faults(text: str) -> list[str]:
    return [str(problem) for problem in parse_bank(text, "01.yaml").problems]


def test_a_good_bank_is_read_whole():
    bank = parse_bank(GOOD, "01.yaml")
    assert bank.problems == () and (bank.field, bank.guide) == ("城镇燃气", "guide-01")
    first, second = bank.questions
    assert (first.key, first.type, first.right, first.matter, first.field) == (
        "q-0101", QuestionType.SINGLE, (1,), "m-0103", "城镇燃气",
    )  # fmt: skip
    assert second.parts[0].key == "q-0102.1" and second.parts[0].blanks[0].accepts == ("十万", "100000")
    assert str(bank.problem(1, ("parts", 0, "blanks", 0, "why"), "错")) == "01.yaml:24: q-0102：错"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("difficulty: 2", "difficulty: 7", "01.yaml:6: q-0101：难度是 1 到 5 的整数"),
        ("difficulty: 2", "difficulty: 二", "01.yaml:6: q-0101：“difficulty”应当是整数"),
        ("type: single", "type: choice", "01.yaml:5: q-0101：“type”"),
        ("right: true, ", "", "01.yaml:9: q-0101：单选题要有且只有一个正确选项，现在是 0 个"),
        ("    why: 这是对个人的。", "    wy: 这是对个人的。", "01.yaml:11: q-0101：不认识的键“options.0.wy”"),
        ('"100000"', "100000", "01.yaml:23: q-0102：“parts.0.blanks.0.accepts.1”应当是文字"),
        ("处____元", "处元", "01.yaml:21: q-0102：题干里有 0 处"),
        ("field: 城镇燃气", "field: &a 城镇燃气\nx: *a", "01.yaml:1: 不允许使用 YAML 锚点"),
        ("stem: 最高", "stem: [最高", "YAML 写法有误"),
    ],
)
def test_a_fault_names_its_line(old, new, told):
    assert old in GOOD
    assert any(told in fault for fault in faults(GOOD.replace(old, new, 1)))


def test_one_fault_does_not_hide_the_other_questions():
    bank = parse_bank(GOOD.replace("difficulty: 2", "difficulty: 7"), "01.yaml")
    assert [q.key for q in bank.questions] == ["q-0102"]
    assert bank.problem(0, ("stem",), "错").line == 18


def test_what_is_written_reads_the_same():
    questions = (single(), multiple(), true_false(is_true=True), fill_in(), case(matter="m-0103"))
    text = write_bank(Bank("城镇燃气", "guide-01", questions))
    again = parse_bank(text, "01.yaml")
    assert again.questions == questions and again.problems == ()
    assert text.count("城镇燃气\n") == 1 and "&" not in text


def test_a_folder_of_banks_is_read_in_order_and_its_faults_name_the_file(tmp_path: Path):
    (tmp_path / "02-b.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "01-a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "03-c.yaml").write_text(GOOD.replace("guide: guide-01\n", ""), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    banks = read_banks(tmp_path)
    assert [bank.source for bank in banks] == ["01-a.yaml", "02-b.yaml", "03-c.yaml"]
    assert [str(p) for bank in banks for p in bank.problems] == [
        "02-b.yaml:1: 不是 UTF-8 编码的文字",
        "03-c.yaml:1: 缺少“guide”",
    ]


def test_an_oversized_file_or_missing_folder_is_refused(tmp_path: Path):
    (tmp_path / "big.yaml").write_bytes(b"#" * 6_000_001)
    assert "超过 6 MB" in read_bank(tmp_path / "big.yaml").problems[0].message
    with pytest.raises(FileNotFoundError):
        read_banks(tmp_path / "none")
