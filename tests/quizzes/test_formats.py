"""Files of questions: what goes out comes in the same, for every format and with what troubles each of them."""

import csv
import io
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_fakes import case, fill_in, multiple, question_lists, single, true_false
from quizzes.formats import FORMATS, FormatError, read_file, write_file
from quizzes.formats.xlsx_reading import COLUMNS
from quizzes.question import Blank, Option

BANK = [
    single(matter="m-0103"),
    multiple(),
    true_false(is_true=True),
    fill_in(),
    fill_in("q-0106", accepts=(("听证",),)),
    case(difficulty=5),
    replace(single("q-0107"), field="市容/环卫"),
]
NASTY = "《甲》：｛乙｝=~#\\n{x}%50%[html] <b>&amp;</b> -> // ::t:: “引号” 'x' \"y\"\n=1+1\n$CATEGORY: z\n\n@SUM(A1)；|｜,、_x0041_ 𠮷"


@pytest.mark.parametrize("name", FORMATS)
def test_a_bank_goes_out_and_comes_in_the_same(name):
    assert FORMATS[name].read(write_file(name, BANK)) == BANK


@pytest.mark.parametrize("name", FORMATS)
@given(bank=question_lists())
@settings(max_examples=25, deadline=None)
def test_any_bank_goes_out_and_comes_in_the_same(name, bank):
    once = write_file(name, bank)
    assert FORMATS[name].read(once) == bank
    if name != "xlsx":  # a workbook carries the time of writing
        assert write_file(name, FORMATS[name].read(once)) == once


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "start", ["", "=", "+", "-", "@", "%", "[plain]", "//", "::", "T#", "~", "$", "'", "（1）", "->"]
)
def test_every_text_may_hold_what_the_format_means_something_by(name, start):
    text = start + NASTY
    cite = text.replace("\n", "")
    options = (Option(text, text, True), Option(text + "二", text), Option("丙", ""))
    nasty = [
        replace(single(), stem=text, options=options, explanation=text, cites=(cite, cite + "；")),
        replace(fill_in(), stem=f"{text}____{text}____", blanks=(Blank((text, "五"), text), Blank(("->",)))),
        case(
            parts=(replace(single(), stem=text, options=options), replace(fill_in(), explanation=text, cites=(cite,)))
        ),
        replace(true_false("q-9"), stem=text, explanation=text),
    ]
    assert FORMATS[name].read(write_file(name, nasty)) == nasty


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("why_true", "why_false"), [("", ""), ("", "错的理由"), ("对的理由", "")])
@pytest.mark.parametrize("is_true", [True, False])
def test_reasons_that_are_missing_stay_missing(name, why_true, why_false, is_true):
    bank = [true_false(is_true=is_true), replace(fill_in(), blanks=(Blank(("五千",)), Blank(("五万",), "因为")))]
    bank[0] = replace(
        bank[0], options=(Option("正确", why_true, is_true), Option("错误", why_false, not is_true)), explanation=""
    )
    assert FORMATS[name].read(write_file(name, bank)) == bank


@pytest.mark.parametrize("name", FORMATS)
def test_questions_without_a_key_stay_without(name):
    bank = [replace(single(), key=""), case(key=""), replace(fill_in(), key="")]
    assert FORMATS[name].read(write_file(name, bank)) == bank


@pytest.mark.parametrize("name", FORMATS)
def test_a_key_used_twice_is_a_fault(name):
    with pytest.raises(FormatError) as caught:
        FORMATS[name].read(write_file(name, [single(), multiple("q-0101")]))
    assert any("q-0101" in f.message or "重复" in f.message for f in caught.value.faults)


@pytest.mark.parametrize(
    ("file", "format_name"),
    [("题.XLSX", "xlsx"), ("a.gift", "gift"), ("a.txt", "gift"), ("a.xml", "moodle_xml"), ("a.yml", "yaml")],
)
def test_the_ending_tells_the_format(file, format_name):
    assert read_file(file, write_file(format_name, BANK)) == BANK


def test_an_unknown_ending_is_refused():
    with pytest.raises(FormatError, match="认不出文件的格式"):
        read_file("题库.docx", b"PK")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"\xff\xfe\x00", b"<", b"{", b"=", b"PK\x03\x04", "题目".encode()]
)
def test_rubbish_is_refused_in_words(name, data):
    with pytest.raises(FormatError) as caught:
        FORMATS[name].read(data)
    assert caught.value.faults and all(fault.message for fault in caught.value.faults)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_too_large_is_refused(name):
    with pytest.raises(FormatError, match="6 MB"):
        FORMATS[name].read(b"x" * 6_000_001)


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_bank_can_be_written_as_a_template_but_holds_no_question(name):
    with pytest.raises(FormatError):
        FORMATS[name].read(write_file(name, []))


def check_reading(name, data):
    """What is read can be written and read again; what is not is refused in words."""
    try:
        questions = FORMATS[name].read(data)
    except FormatError as error:
        faults = error.faults
    else:
        assert FORMATS[name].read(write_file(name, questions)) == questions
        return
    assert faults and all(fault.message for fault in faults)


SCRAPS = ["{", "}", "=", "~", "#", "####", "%50%", "->", "::", "//", "\\", "\n", "\n\n", "$CATEGORY:", "[html]", "<p>", "T", "&lt;", "____",
          "<img>", "{1:SA:=", "{1:MCV:", "}", "[tag:案例:案情]", "[tag:案例:小题]", "[tag:空:2/2]", "[id:q-1]", "甲", "1..2", " "]  # fmt: skip


@given(st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_gift_is_read_or_refused_in_words(text):
    check_reading("gift", text.encode())


@given(
    st.sampled_from(["multichoice", "truefalse", "shortanswer", "cloze", "category"]),
    st.lists(st.sampled_from(SCRAPS), max_size=20).map("".join),
    st.lists(
        st.tuples(
            st.sampled_from(["0", "50", "100", "-100", ""]), st.sampled_from(["true", "false", "甲", "<b>乙</b>", ""])
        )
    ),
)
@settings(max_examples=100, deadline=None)
def test_any_moodle_xml_is_read_or_refused_in_words(kind, text, answers):
    body = "".join(f'<answer fraction="{share}"><text>{escape(said)}</text></answer>' for share, said in answers)
    document = f'<quiz><question type="{kind}"><questiontext format="html"><text>{escape(text)}</text></questiontext>{body}</question></quiz>'
    check_reading("moodle_xml", document.encode())


@given(
    st.lists(
        st.lists(
            st.sampled_from(["单选", "填空", "小题·单选", "案例分析", "判断", "A", "对", "；|", "____", "5", "=1", ""]),
            max_size=22,
        ),
        max_size=5,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_table_is_read_or_refused_in_words(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([COLUMNS, *rows])
    check_reading("xlsx", stream.getvalue().encode())


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_yaml_is_read_or_refused_in_words(text):
    with pytest.raises(FormatError):
        FORMATS["yaml"].read(text.encode("utf-8", "replace"))
    with pytest.raises(FormatError):
        FORMATS["yaml"].read(f"questions:\n- {text}".encode("utf-8", "replace"))
