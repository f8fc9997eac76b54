"""Files written by others come in, and what is written here can be read by others."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.formats import FORMATS, FormatError, write_file
from quizzes.question import QuestionType

FILES = Path(__file__).parent / "files"
S, M, T, F, C = QuestionType
BANK = [single(), multiple(), true_false(), fill_in(), fill_in("q-0106", accepts=(("听证",),)), case(difficulty=5)]


def shown(question):
    options = [(o.text, o.is_right, o.why) for o in question.options]
    return question.type, question.stem, options or [(b.accepts, b.why) for b in question.blanks]


def test_gift_of_every_documented_kind_comes_in():
    questions = FORMATS["gift"].read((FILES / "moodle-kinds.gift").read_bytes())
    assert [shown(q) for q in questions] == [
        (S, "水果店把货摊摆到人行道上，应当先怎么做？",
         [("责令改正", True, "对，先责令。"), ("当场没收水果", False, "没有这个依据。"), ("直接吊销执照", False, "")]),
        (S, "下列哪个是 地级市？", [("义乌", False, ""), ("东阳", False, ""), ("金华", True, "")]),
        (M, "下列哪些属于金华市辖的县级市？",
         [("婺城区", False, ""), ("兰溪", True, ""), ("义乌", True, "小商品城"), ("永康", True, ""), ("杭州", False, "")]),
        (T, "城管执法要出示证件。", [("正确", True, ""), ("错误", False, "")]),
        (T, "行政处罚可以口头作出决定书。", [("正确", False, "错了，决定书要书面。"), ("错误", True, "对，要书面。")]),
        (T, "1=1 而且 a:b。", [("正确", True, ""), ("错误", False, "")]),
        (F, "二加 ____ 等于四。", [(("二", "2"), "")]),
        (F, "谁埋在格兰特墓里？____", [(("没有人", "没人"), "")]),
        (S, "责令改正的期限一般____，写进文书。",
         [("是三年", False, ""), ("由执法人员合理确定", True, ""), ("没有限制", False, "")]),
        (F, "行政处罚法在哪一年修订？ ____", [(("2021",), "")]),
        (F, "听证应当在举行的几日前通知？____", [(("7",), "")]),
        (F, "一打是多少？____", [(("12",), "对")]),
        (S, "下面哪个是违法行为？\n只选一个", [("在地下室存放 <液化气瓶>", True, "危险"), ("打开窗户 <通风>", False, "")]),
        (S, "{花括号} 里 ~ 和 # 怎么写？第一行\n第二行", [("=前面加 \\ 反斜杠", True, ""), ("什么都不加", False, "")]),
    ]  # fmt: skip
    assert Counter(q.field for q in questions) == {"市容环卫": 12, "燃气/热力": 2}
    assert (questions[0].explanation, questions[5].explanation) == (
        "先责令，逾期不改再罚。",
        "等号和冒号前面要加反斜杠。",
    )


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("配对{=甲 -> 一 =乙 -> 二 =丙 -> 三}", "匹配题"),
        ("写一篇论文。{}", "论述题"),
        ("圆周率是多少？{#3.14:0.01}", "范围"),
        ("圆周率是多少？{#3.1..3.2}", "范围"),
        ("请先看下面的说明。", "说明不是题目"),
        ("少了括号{=甲 ~乙", "没有成对"),
        ("两处{=甲}答案{=乙}", "一处"),
        ("没有正确答案{~甲 ~乙}", "至少两个选项正确"),
        ("前面有字{甲 =乙 ~丙}", "要以 = 或 ~ 开头"),
        ("[html]<p>看图<img src='a.png'></p>{=甲 ~乙}", "图片"),
        ("单个选项{~%100%甲}", "2 到 6 个"),
    ],
)
def test_gift_that_has_no_like_here_is_told_by_line(block, words):
    text = f"// 注释\n\n好题{{=甲 ~乙}}\n\n{block}\n\n又是坏题{{}}\n"
    with pytest.raises(FormatError) as caught:
        FORMATS["gift"].read(text.encode())
    told = {fault.row: fault.message for fault in caught.value.faults}
    assert words in told[5] and "论述题" in told[7] and set(told) == {5, 7}


def test_gift_from_windows_in_the_chinese_code_page_comes_in():
    data = "一加一？{=二 ~三}\r\n\r\n二加二？{=四 ~五}\r\n".encode("gb18030")
    assert [q.stem for q in FORMATS["gift"].read(data)] == ["一加一？", "二加二？"]


def test_moodle_xml_of_every_kind_comes_in():
    questions = FORMATS["moodle_xml"].read((FILES / "moodle-kinds.xml").read_bytes())
    assert [shown(q) for q in questions[:5]] == [
        (S, "水果店把货摊摆到人行道上，应当先怎么做？",
         [("责令改正", True, "对，先责令。"), ("当场没收水果", False, ""), ("拍照", False, "只对一半")]),
        (M, "下列哪些是金华市辖的县级市？",
         [("兰溪", True, ""), ("义乌", True, ""), ("永康", True, ""), ("婺城", False, "")]),
        (T, "决定书可以只说不写，a < b。", [("正确", False, "要书面。"), ("错误", True, "对。")]),
        (F, "听证应当在举行的 ____ 日前通知。", [(("七", "7"), "七日。")]),
        (F, "城市人民政府在 ____ 金华市，邮编 ____。", [(("浙江省",), "对"), (("321000",), "")]),
    ]  # fmt: skip
    mixed = questions[5]
    assert (mixed.type, mixed.stem, mixed.explanation) == (
        C, "违法行为轻微并（1），没有造成（2）的，可以选（3）。", "轻微不罚。",
    )  # fmt: skip
    assert [shown(part) for part in mixed.parts] == [
        (S, "第（1）处应当选哪一项？", [("及时改正", True, "对"), ("拒不改正", False, ""), ("逃避检查", False, "")]),
        (F, "第（2）处：____", [(("危害后果", "后果"), "")]),
        (M, "第（3）处应当选哪一项？", [("不予处罚", True, ""), ("批评教育", True, ""), ("加重处罚", False, "")]),
    ]
    assert {q.field for q in questions} == {"市容环卫"} and questions[0].explanation == "先责令，逾期不改再罚。"


def xml(body, head=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}\n<quiz>\n{body}\n</quiz>'.encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<question type="essay"><name><text>a</text></name></question>', "论述题"),
        ('<question type="stack"/>', "“stack”这种题型"),
        ('<question type="truefalse"><answer fraction="100"><text>真</text></answer></question>', "true 和 false"),
        ('<question type="multichoice"><questiontext><text>a</text></questiontext></question>', "2 到 6 个"),
        ('<question type="multichoice"><answer fraction="x"><text>a</text></answer></question>', "不是数字"),
        ('<question type="cloze"><questiontext><text>没有空</text></questiontext></question>', "没有可以作答的空"),
        ('<question type="cloze"><questiontext><text>{1:NM:=3.14:0.1}</text></questiontext></question>', "误差"),
        ('<question type="multichoice"><questiontext format="html"><text>&lt;img src="x"&gt;</text></questiontext></question>', "图片"),
        ("<question>", "XML 写法有误"),
        ("</quiz><quiz>", "XML 写法有误"),
    ],
)  # fmt: skip
def test_moodle_xml_that_has_no_like_here_is_told_by_line(body, words):
    with pytest.raises(FormatError) as caught:
        FORMATS["moodle_xml"].read(xml(body))
    assert any(words in fault.message and fault.row >= 3 for fault in caught.value.faults)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE quiz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE quiz SYSTEM "http://example.org/quiz.dtd">',
        "<!DOCTYPE quiz>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_document_type_is_read_in_whatever_encoding(head, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>{head}<quiz>&amp;</quiz>'
    with pytest.raises(FormatError, match="DOCTYPE"):
        FORMATS["moodle_xml"].read(text.encode(encoding))


def test_deep_xml_is_refused():
    with pytest.raises(FormatError, match="套得太深"):
        FORMATS["moodle_xml"].read(b"<quiz>" + b"<a>" * 100_000)


def test_another_reader_understands_our_moodle_xml():
    from moodle_xml_parser.parser import parse_bytes

    read = parse_bytes(write_file("moodle_xml", BANK))
    first, second = read["multichoice"]
    assert (first.name, first.text_pre_parse, first.single) == ("q-0101", "q-0101：最高可以罚多少？", True)
    assert [(o.answer, o.score_fraction, o.feedback) for o in first.options] == [
        ("一千元", 0, "一千元的理由"), ("十万元", 100, "十万元的理由"), ("五十万元", 0, "五十万元的理由"), ("五万元", 0, "五万元的理由"),
    ]  # fmt: skip
    assert [o.score_fraction for o in second.options] == [50, -100, 50, -100] and not second.single
    blanks, facts = read["cloze"]
    assert [[(o.answer, o.score) for o in gap.options] for gap in blanks.gaps] == [
        [("五千", 100), ("5000", 100)], [("五万", 100)],
    ]  # fmt: skip
    assert [(gap.sub_type, len(gap.options)) for gap in facts.gaps] == [
        ("MCV", 4), ("MR", 4), ("MCV", 2), ("SA", 2), ("SA", 1),
    ]  # fmt: skip


def test_another_reader_understands_our_gift():
    from ua_exam.gift_parser import parse_gift_content

    text = write_file("gift", BANK).decode()
    blocks = [block for block in text.split("\n\n") if "案例:案情" not in block]  # it knows no descriptions
    assert len(text.split("\n\n")) == len(blocks) + 1
    read = parse_gift_content("\n\n".join(blocks))
    assert [(q["title"], q["type"]) for q in read] == [
        ("q-0101", "multiple_choice"), ("q-0102", "multiple_choice"), ("q-0103", "true_false"),
        ("q-0104", "multiple_choice"), ("q-0104 空:2/2", "multiple_choice"), ("q-0106", "multiple_choice"),
        ("q-0105.1", "multiple_choice"), ("q-0105.2", "multiple_choice"), ("q-0105.3", "true_false"),
        ("q-0105.4", "multiple_choice"), ("q-0105.4 空:2/2", "multiple_choice"),
    ]  # fmt: skip
    assert read[0]["text"] == "[plain]q-0101：最高可以罚多少？" and read[0]["category"] == "城镇燃气"
    assert [(o["text"], o["is_correct"]) for o in read[0]["options"]] == [
        ("一千元", False), ("十万元", True), ("五十万元", False), ("五万元", False),
    ]  # fmt: skip
    assert [o["is_correct"] for o in read[1]["options"]] == [True, False, True, False]
    assert read[2]["correct"] is False
    assert [o["text"] for o in read[3]["options"]] == ["五千", "5000"]
    assert read[3]["text"] == "[plain]q-0104：处 元以上____元以下罚款。"


NODE = shutil.which("node")
FIND = "try { console.log(require.resolve('gift-pegjs')) } catch (e) {}"
PARSE = """
const read = require(process.argv[1]).parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(read.map(q => [q.type, q.title, (q.choices || []).map(c => [c.text.text, c.isCorrect, c.weight])])));
"""


def gift_pegjs() -> str:
    found = subprocess.run([NODE, "-e", FIND], capture_output=True, text=True, check=False) if NODE else None
    return found.stdout.strip() if found else ""


@pytest.mark.skipif(not gift_pegjs(), reason="gift-pegjs, a grammar of GIFT for node, is not installed")
def test_a_grammar_of_gift_accepts_ours():
    command = [NODE, "-e", PARSE, gift_pegjs()]
    answer = subprocess.run(command, input=write_file("gift", BANK), capture_output=True, check=True)
    read = json.loads(answer.stdout)
    assert [kind for kind, *_ in read] == [
        "Category", "MC", "MC", "TF", "Short", "Short", "Short", "Description", "MC", "MC", "TF", "Short", "Short",
    ]  # fmt: skip
    assert read[1][2] == [
        ["一千元", False, None],
        ["十万元", True, None],
        ["五十万元", False, None],
        ["五万元", False, None],
    ]
    assert [weight for _, _, weight in read[2][2]] == [50, -100, 50, -100]
