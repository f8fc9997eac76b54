"""`flask quizzes …` on a small corpus: every fault with its place, no false alarm for what the stem or a sum tells."""

import json

import pytest

from app.quizzes_check import Facts
from corpus.reader import read_corpus
from fakes import write_corpus
from quiz_fakes import case, single
from quizzes.bank import parse_bank
from quizzes.formats import FORMATS

BANK = """field: 城镇燃气
guide: guide-01
questions:
- key: q-0101
  type: single
  difficulty: 2
  matter: m-0101
  stem: （示例）某饭店把气瓶放在地下室，逾期12日未改，已卖80瓶，每瓶120元。最高可以罚多少？
  options:
  - text: 一千元
    why: 一千元是对个人的上限。
  - text: 100000元
    right: true
    why: 对单位罚款10万元以下，见《城镇燃气管理条例》第四十九条第一款。
  - text: 二十万元
    why: 二十万元没有依据，上限是十万元。
  explanation: 逾期12日也在这个幅度里。卖气款是80×120＝9600元。
  cites: [《城镇燃气管理条例》第四十九条, guide-01#s-裁量]
- key: q-0102
  type: fill_in
  difficulty: 1
  stem: 对个人罚____元以下。
  blanks:
  - accepts: [一千, "1000"]
    why: 个人的上限。
  explanation: 分清单位和个人。
  cites: [《城镇燃气管理条例》第四十九条第一款]
"""


@pytest.fixture
def flask(apps, tmp_path):
    """Run a command on the small corpus and this bank; its exit status and JSON."""
    root = write_corpus(tmp_path / "corpus")
    app = apps(CORPUS_DIR=str(root))
    banks = tmp_path / "banks"
    banks.mkdir()

    def run(*words: str, bank: str = BANK, json_wanted: bool = True):
        (banks / "01-gas.yaml").write_text(bank, encoding="utf-8")
        more = ["--json"] if json_wanted else []
        result = app.test_cli_runner().invoke(args=["quizzes", *words, "--banks", str(banks), *more])
        return result.exit_code, json.loads(result.output) if json_wanted else result.output

    run.root = root
    return run


def test_a_sound_bank_is_counted(flask):
    status, document = flask("check")
    assert (status, document["faults"], document["questions"]) == (0, [], 2)
    assert document["counts"]["types"] == {"single": 1, "fill_in": 1}
    assert document["counts"]["fields"] == {"城镇燃气": 2} and document["short"] == {"guide-01": 2}
    assert document["facts"] == {"citations": 4, "resolved": 4, "figures": 6, "found": 6}
    status, told = flask("check", json_wanted=False)
    assert status == 0 and "题目 2（单选 1，填空 1）；问题 0 处" in told and "不足 12 题的指引：guide-01 2" in told


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("第四十九条, guide", "第五十九条, guide", 18, "引用“《城镇燃气管理条例》第五十九条”：法规里没有这一条"),
        ("《城镇燃气管理条例》第四十九条, ", "《无此条例》第四十九条, ", 18, "没有这部法规"),
        ("见《城镇燃气管理条例》第四十九条第一款", "见《城镇燃气管理条例》第四十九条第九款", 14, "没有这一款"),
        ("guide-01#s-裁量", "guide-01#s-没有", 18, "指引里没有这一节"),
        ("guide-01#s-裁量", "guide-77#s-裁量", 18, "没有这份指引"),
        ("guide-01#s-裁量", "随便写的", 18, "不是引用"),
        ("text: 100000元", "text: 200000元", 12, "数字“200000元”不在所引的条文里"),
        ("罚款10万元以下", "罚款10万元以上50万元以下", 14, "数字“50万元”"),
        ("上限是十万元", "上限是十五万元", 16, "数字“十五万元”"),
        ("一千元是对个人", "一千元是逾期三十日对个人", 11, "数字“三十日”"),
        ("[一千, \"1000\"]", "[一千, \"1001\"]", 24, "数字“1001元”"),
        ("80×120＝9600元", "80×120＝9500元", 17, "算式“80×120=9500”不对"),
        ("matter: m-0101", "matter: m-0999", 7, "没有事项 m-0999"),
        ("guide: guide-01", "guide: guide-02", 2, "没有指引 guide-02"),
        ("field: 城镇燃气", "field: 燃气", 1, "指引 guide-01 的是“城镇燃气”"),
        ("difficulty: 1", "difficulty: 8", 21, "1 到 5"),
    ],
)  # fmt: skip
def test_a_fault_names_file_and_line(flask, old, new, line, words):
    assert old in BANK
    status, document = flask("check", bank=BANK.replace(old, new, 1))
    assert status == 1
    assert any(words in f["message"] and (f["path"], f["line"]) == ("01-gas.yaml", line) for f in document["faults"])


def test_a_fault_is_printed_as_path_line_and_words(flask):
    status, told = flask("check", bank=BANK.replace("text: 100000元", "text: 200000元"), json_wanted=False)
    assert status == 1 and "01-gas.yaml:12: q-0101：数字“200000元”不在所引的条文里" in told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("text: 100000元", "text: 9600元"),  # reckoned from the stem
        ("对单位罚款10万元以下", "对单位罚款八万元，不超过十万元"),  # chosen within the range
        ("逾期12日也在", "逾期十二日也在"),  # the stem's own fact in other numerals
        ("一千元是对个人的上限", "不是二十万元，也不是1千元"),  # another option's
    ],
)
def test_what_the_stem_the_options_or_a_sum_tell_is_no_false_alarm(flask, old, new):
    assert old in BANK
    status, document = flask("check", bank=BANK.replace(old, new, 1))
    assert (status, document["faults"]) == (0, [])


OFFICIAL = """# 城镇燃气管理条例

（2010年11月19日国务院令第583号公布　根据2016年2月6日《国务院关于修改部分行政法规的决定》修订）

第一条 为了加强城镇燃气管理，制定本条例。
第二条 燃气用户有下列行为之一的，责令限期改正；逾期不改正的，对单位可以处{fine}以下罚款，对个人可以处1000元以下罚款：
（一）擅自操作公用燃气阀门的；
（二）在不具备安全条件的场所使用、储存燃气的。
盗用燃气的，依照有关治安管理处罚的法律规定进行处罚。
"""


@pytest.mark.parametrize(("fine", "status"), [("10万元", 0), ("20万元", 1)])
def test_check_against_official_texts_believes_the_law(flask, tmp_path, fine, status):
    laws = tmp_path / "laws/行政法规"
    laws.mkdir(parents=True)
    (laws / "城镇燃气管理条例(2016-02-06).md").write_text(OFFICIAL.format(fine=fine), encoding="utf-8")
    for file in flask.root.rglob("*.*"):
        file.write_text(file.read_text(encoding="utf-8").replace("第四十九条", "第二条"), encoding="utf-8")
    got, document = flask("check", "--laws", str(tmp_path / "laws"), bank=BANK.replace("第四十九条", "第二条"))
    assert got == status
    assert all("不在所引的条文里" in fault["message"] for fault in document["faults"])
    assert bool(document["faults"]) == bool(status)


def test_a_folder_without_banks_or_none_at_all_is_told(flask, apps, tmp_path):
    result = apps().test_cli_runner().invoke(args=["quizzes", "check", "--banks", str(tmp_path / "none")])
    assert result.exit_code != 0 and "none" in result.output


@pytest.mark.parametrize("ending", ["xlsx", "gift", "xml", "yaml"])
def test_banks_are_exported_by_the_ending(flask, tmp_path, ending):
    file = tmp_path / f"out.{ending}"
    status, document = flask("export", str(file))
    assert (status, document["questions"]) == (0, 2)
    name = {"xml": "moodle_xml"}.get(ending, ending)
    assert tuple(FORMATS[name].read(file.read_bytes())) == parse_bank(BANK, "").questions


def test_an_export_with_faults_or_an_unknown_ending_writes_nothing(flask, tmp_path):
    status, document = flask("export", str(tmp_path / "out.docx"))
    assert status == 1 and "认不出" in document["error"]
    status, document = flask("export", str(tmp_path / "out.xlsx"), bank=BANK.replace("right: true", "right: 1.5"))
    assert status == 1 and "01-gas.yaml:13" in document["error"] and not (tmp_path / "out.xlsx").exists()


def test_one_question_can_be_checked_by_itself(tmp_path):
    facts = Facts(read_corpus(write_corpus(tmp_path / "corpus")))
    cited = {"cites": ("《城镇燃气管理条例》第四十九条第一款",)}
    good = single(texts=("一千元", "十万元", "五十万元"), **cited)
    assert [flaw for flaw in facts.flaws(good) if flaw.place[0] == "options" and flaw.place[2] == "text"] == []
    whole = case(parts=(single(texts=("甲", "三十万元"), **cited),), **cited)
    assert next((flaw.place, flaw.message) for flaw in facts.flaws(whole)) == (
        ("parts", 0, "options", 1, "text"), "数字“三十万元”不在所引的条文里",
    )  # fmt: skip
