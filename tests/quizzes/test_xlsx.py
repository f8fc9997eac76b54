"""Excel as trainers write it: their headings and habits, and every fault by row and column, all at once."""

import io

import openpyxl
import pytest

from quiz_fakes import case, fill_in, single
from quizzes.formats import FORMATS, FormatError, write_file
from quizzes.formats.xlsx import join
from quizzes.formats.xlsx_reading import COLUMNS, split
from quizzes.question import QuestionType, find_flaws

HEADING = ["序号", "题型", "题目", "A", "B", "C", "D", "E", "F", "答案", "解析", "依据条款", "领域", "难度"]
GOOD = [
    [1, "单选题", "最高可以罚多少？", 1000, "五万元", "十万元", None, None, None, "c", "分清主体", "《城镇燃气管理条例》第四十九条", "城镇燃气", 2],
    [2, "多选", "哪些应当移送？", "甲", "乙", "丙", "丁", None, None, "A、C,Ｄ", None, "《甲法》第一条；《乙法》第二条\n《丙法》第三条", None, "难"],
    [3, "判断", "可以当场收缴。", None, None, None, None, None, None, "错", None, None, None, None],
    [4, "判断题", "要出示证件。", "正确", "错误", None, None, None, None, True, None, None, None, 1],
    [5, "填空", "处（  ）元以上（）元以下。", None, None, None, None, None, None, "五千|5000；五万", None, None, None, 3.0],
    [6, "案例分析", "（示例）某饭店的案情。", None, None, None, None, None, None, None, "看清主体", "《甲法》第一条", "城镇燃气", 4],
    [None, "小题·单选", "罚多少？", "甲", "乙", None, None, None, None, "B", None, None, None, None],
    [None, "小题（填空题）", "逾期____日", None, None, None, None, None, None, "三", None, None, None, None],
]  # fmt: skip


def workbook(*rows, heading=HEADING):
    book = openpyxl.Workbook()
    for row in (heading, *rows):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def faults(*rows, heading=HEADING):
    with pytest.raises(FormatError) as caught:
        FORMATS["xlsx"].read(workbook(*rows, heading=heading))
    return [(fault.row, fault.column, fault.message) for fault in caught.value.faults]


def test_a_trainers_table_comes_in():
    questions = FORMATS["xlsx"].read(workbook(*GOOD))
    assert [q.type.value for q in questions] == ["single", "multiple", "true_false", "true_false", "fill_in", "case"]
    one, several, wrong, yes, blanks, facts = questions
    assert [o.text for o in one.options] == ["1000", "五万元", "十万元"] and one.right == (2,)
    assert several.right == (0, 2, 3) and several.cites == ("《甲法》第一条", "《乙法》第二条", "《丙法》第三条")
    assert wrong.right == (1,) and yes.right == (0,) and (several.difficulty, wrong.difficulty) == (5, 3)
    assert blanks.stem == "处____元以上____元以下。"
    assert [b.accepts for b in blanks.blanks] == [("五千", "5000"), ("五万",)]
    assert [part.type for part in facts.parts] == [QuestionType.SINGLE, QuestionType.FILL_IN]
    assert (facts.difficulty, facts.parts[0].field) == (4, "城镇燃气")
    assert all(not list(find_flaws(question)) for question in questions)


def row(kind="单选", stem="题干", options=("甲", "乙"), answer="A", **cells):
    return [
        cells.get("key"),
        kind,
        stem,
        *(list(options) + [None] * 6)[:6],
        answer,
        None,
        cells.get("cite"),
        None,
        cells.get("level"),
    ]


@pytest.mark.parametrize(
    ("bad", "column", "words"),
    [
        (row(kind="选答"), "题型", "只能填"),
        (row(kind=None), "题型", "只能填"),
        (row(stem=None), "题干", "没有填写"),
        (row(answer="C"), "答案", "C 没有对应的选项"),
        (row(answer="AB"), "答案", "有且只有一个"),
        (row(answer="甲"), "答案", "只能用选项的字母"),
        (row(answer=None), "答案", "没有填写"),
        (row(kind="多选", answer="A"), "答案", "至少两个"),
        (row(kind="多选", answer="AB"), "答案", "一个错误"),
        (row(options=("甲", None, "丙")), "选项B", "中间的选项不能空着"),
        (row(options=("甲", "甲")), "选项B", "相同"),
        (row(options=("甲",)), "答案", "2 到 6 个"),
        (row(kind="判断", options=(), answer="也许"), "答案", "对 或 错"),
        (row(kind="判断", options=("是", "不是"), answer="对"), "选项A", "只能是“正确”"),
        (row(kind="填空", options=(), answer=None), "答案", "没有填写"),
        (row(kind="填空", stem="处____元", options=(), answer="五；六"), "题干", "要一样多"),
        (row(level=9), "难度", "1 到 5"),
        (row(stem="=1+1"), "题干", "不能是公式"),
        (row(options=("甲", "=A1")), "选项B", "不能是公式"),
        (row(cite="=HYPERLINK(1)"), "依据", "不能是公式"),
        (row(kind="小题·单选"), "题型", "上面没有案例分析"),
        (row(kind="案例分析", options=(), answer="A"), "答案", "不填答案"),
        (row(stem="长" * 8001), "题干", "超过 8000 个字"),
        (row(stem="长" * 4001), "题干", "超过 4000 个字"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_by_row_and_column(bad, column, words):
    heading = ["编号", *HEADING[1:]]
    told = faults(row(), bad, row(), heading=heading)
    assert any(at == 3 and name == column and words in message for at, name, message in told)
    assert all(at == 3 for at, _, _ in told)


def test_all_faults_are_told_at_once_and_nothing_is_taken():
    told = faults(row(answer="C"), row(), row(kind="判断", options=(), answer="y"), row(level="高"))
    assert [(at, column) for at, column, _ in told] == [(2, "答案"), (4, "答案"), (5, "难度")]


def test_a_fault_in_a_part_names_its_own_row():
    whole = row(kind="案例分析", options=(), answer=None)
    told = faults(
        whole, row(kind="小题·单选"), row(kind="小题·多选", answer="A"), row(kind="小题·案例分析", answer=None)
    )
    assert [(at, column) for at, column, _ in told] == [(4, "答案"), (5, "题型")]


def test_missing_and_repeated_headings_are_told():
    assert "缺少：题型、答案" in faults(row(), heading=["序号", "甲", "题目"])[0][2]
    assert "列名重复：题干" in faults(row(), heading=["题型", "题干", "题目", "答案"])[0][2]


def test_a_workbook_can_be_filled_in_by_hand_from_the_template():
    book = openpyxl.load_workbook(io.BytesIO(write_file("xlsx", [])))
    assert [cell.value for cell in book["题目"][1]] == list(COLUMNS) and book["怎么填"]["A2"].value == "题型"
    book["题目"].append([None, "单选", "题干", "甲", "乙", None, None, None, None, "B"])
    stream = io.BytesIO()
    book.save(stream)
    assert FORMATS["xlsx"].read(stream.getvalue())[0].right == (1,)


def test_no_cell_written_is_a_formula():
    texts = ("=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://example.org\")", "http://example.org/")  # fmt: skip
    bank = [
        single(texts=texts[:4]),
        fill_in(accepts=(("=1",), ("=2",))),
        case(parts=(single(texts=texts[4:] + ("丙",)),)),
    ]
    data = write_file("xlsx", bank)
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"} and not any(cell.hyperlink for cell in cells)
    assert FORMATS["xlsx"].read(data) == bank


@pytest.mark.parametrize(
    "items", [[], [["甲"]], [["甲", "乙"], ["丙"]], [["；"], ["|", "\\"]], [["a;b", "c｜d"], ["\n；x"]]]
)
def test_lists_in_a_cell_come_back(items):
    items = [[form.strip() for form in forms] for forms in items]
    assert list(split(join(items), inner="|｜")) == items
