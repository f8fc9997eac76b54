"""Moodle XML (docs.moodle.org, "Moodle XML format"), both ways.

Single and multiple choice, true and false, short answer; Cloze for several blanks and for cases. Difficulty, matter and
basis are tags, the key is the idnumber, the field a category. Explanations of a case's parts follow its own in the
general feedback, each in a block of its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from quizzes.formats import cloze
from quizzes.formats.errors import Fault, FormatError, whole
from quizzes.formats.markup import HasMedia, to_html, to_text
from quizzes.formats.safe_xml import parse
from quizzes.formats.tags import MIDDLE, cite_tags, from_tags, to_tags, weight
from quizzes.question import BLANK, FALSE, TRUE, Blank, Option, Question, QuestionType, find_flaws, with_keys

CATEGORY = "$course$/top"
PART_CITE = re.compile(r"小题(\d+)/(依据:.*)", re.DOTALL)
FEEDBACK = re.compile(r'<div class="(case|part)">(.*?)</div>', re.DOTALL)
UNFIT = {
    "matching": "匹配题",
    "essay": "论述题",
    "numerical": "数字题",
    "description": "说明文字",
    "calculated": "计算题",
}


def write(questions: Sequence[Question]) -> bytes:
    """A file of these questions."""
    root = Element("quiz")
    field = ""
    for question in questions:
        if question.field != field:
            field = question.field
            _category(root, field)
        _question(root, question)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _category(root: Element, field: str) -> None:
    question = SubElement(root, "question", type="category")
    path = f"{CATEGORY}/{field.replace('/', '//')}" if field else CATEGORY
    SubElement(SubElement(question, "category"), "text").text = path


def _question(root: Element, question: Question) -> None:
    kind = _kind(question)
    node = SubElement(root, "question", type=kind)
    SubElement(SubElement(node, "name"), "text").text = question.key or question.stem[:30]
    _text(node, "questiontext", _stem_html(question, kind))
    _text(node, "generalfeedback", _feedback_html(question))
    for name, value in (("defaultgrade", "1"), ("penalty", "0"), ("hidden", "0"), ("idnumber", question.key)):
        SubElement(node, name).text = value
    if kind == "multichoice":
        _choice_settings(node, question)
    for share, text, why in _answers(question, kind):
        answer = SubElement(node, "answer", fraction=share, format=_answer_format(kind))
        SubElement(answer, "text").text = text
        _text(answer, "feedback", to_html(why))
    tags = SubElement(node, "tags")
    for tag in (*to_tags(question), *_part_tags(question)):
        SubElement(SubElement(tags, "tag"), "text").text = tag


def _kind(question: Question) -> str:
    if question.type is QuestionType.CASE or len(question.blanks) > 1:
        return "cloze"
    kinds = {QuestionType.TRUE_FALSE: "truefalse", QuestionType.FILL_IN: "shortanswer"}
    return kinds.get(question.type, "multichoice")


def _stem_html(question: Question, kind: str) -> str:
    if kind != "cloze":
        return to_html(question.stem)
    return cloze.case_html(question) if question.parts else cloze.blanks_html(question)


def _feedback_html(question: Question) -> str:
    if not question.parts:
        return to_html(question.explanation)
    parts = "".join(f'<div class="part">{to_html(part.explanation)}</div>' for part in question.parts)
    return f'<div class="case">{to_html(question.explanation)}</div>{parts}'


def _part_tags(question: Question) -> Iterator[str]:
    for number, part in enumerate(question.parts, 1):
        yield from (f"小题{number}/{tag}" for tag in cite_tags(part))


def _text(parent: Element, name: str, markup: str) -> None:
    SubElement(SubElement(parent, name, format="html"), "text").text = markup


def _choice_settings(node: Element, question: Question) -> None:
    SubElement(node, "single").text = "true" if question.type is QuestionType.SINGLE else "false"
    SubElement(node, "shuffleanswers").text = "true"
    SubElement(node, "answernumbering").text = "ABCD"


def _answer_format(kind: str) -> str:
    return "html" if kind == "multichoice" else "moodle_auto_format"


def _answers(question: Question, kind: str) -> Iterator[tuple[str, str, str]]:
    """Share in per cent, text and feedback of each answer. Short answers are plain text in Moodle, choices HTML."""
    if kind == "truefalse":
        for option, text in zip(question.options, ("true", "false"), strict=True):
            yield "100" if option.is_right else "0", text, option.why
    elif kind == "shortanswer":
        (blank,) = question.blanks
        yield from (("100", form, blank.why) for form in blank.accepts)
    elif kind == "multichoice":
        several = question.type is QuestionType.MULTIPLE
        right, wrong = (weight(len(question.right)), "-100") if several else ("100", "0")
        yield from ((right if o.is_right else wrong, to_html(o.text), o.why) for o in question.options)


def read(data: bytes) -> list[Question]:
    """The questions of a file. Raises FormatError with every fault by line."""
    root, lines = parse(data)
    if root.tag != "quiz":
        raise whole("这不是 Moodle XML：最外层应当是 quiz。")
    questions: list[Question] = []
    faults: list[Fault] = []
    field = ""
    for node in root.iter("question"):
        if node.get("type") == "category":
            field = _field(node.findtext("category/text", ""))
            continue
        try:
            question = replace(_read_question(node), field=field)
        except (cloze.Unfit, HasMedia) as error:
            faults.append(Fault(lines[node], "", str(error)))
            continue
        question = with_keys(question, question.key)
        questions.append(question)
        faults += [Fault(lines[node], "", flaw.message + "。") for flaw in find_flaws(question)]
    faults += _repeated(questions)
    if faults:
        raise FormatError(faults)
    if not questions:
        raise whole("文件里没有题目。")
    return questions


def _repeated(questions: Sequence[Question]) -> list[Fault]:
    keys = [question.key for question in questions if question.key]
    return [Fault(0, "", f"编号 {key} 用了不止一次。") for key in sorted({key for key in keys if keys.count(key) > 1})]


def _field(path: str) -> str:
    last = re.split(r"(?<!/)/(?!/)", path.strip())[-1].replace("//", "/")
    return "" if last in ("top", "$course$", "$module$", "$system$") else last


def _read_question(node: Element) -> Question:
    kind = node.get("type", "")
    readers = {
        "multichoice": _read_choice, "truefalse": _read_true_false, "shortanswer": _read_short,
        "cloze": _read_cloze, "multianswer": _read_cloze,
    }  # fmt: skip
    if kind not in readers:
        raise cloze.Unfit(f"{UNFIT.get(kind, f'“{kind}”这种题型')}不能导入，请删去。")
    question = readers[kind](node)
    tags = [tag.findtext("text") or "" for tag in node.iterfind("tags/tag")]
    question = from_tags(replace(question, key=(node.findtext("idnumber") or "").strip()), tags)
    if not question.parts:
        return replace(question, explanation=_shown(node.find("generalfeedback")))
    return _with_part_facts(question, _raw(node.find("generalfeedback")), tags)


def _with_part_facts(case: Question, feedback: str, tags: Sequence[str]) -> Question:
    """Explanations and basis of a case's parts."""
    told = FEEDBACK.findall(feedback)
    explanation = next((to_text(text) for name, text in told if name == "case"), "" if told else to_text(feedback))
    own = [to_text(text) for name, text in told if name == "part"]
    cites: dict[int, list[str]] = {}
    for tag in tags:
        if match := PART_CITE.fullmatch(tag):
            cites.setdefault(int(match[1]), []).append(match[2])
    parts = tuple(
        replace(from_tags(part, cites.get(number, [])), explanation=own[number - 1] if number <= len(own) else "")
        for number, part in enumerate(case.parts, 1)
    )
    return replace(case, explanation=explanation, parts=parts)


def _raw(node: Element | None) -> str:
    return (node.findtext("text") or "") if node is not None else ""


def _shown(node: Element | None, kind: str = "html") -> str:
    """The text of a node in its format."""
    if node is None:
        return ""
    is_plain = node.get("format", kind) in ("plain_text", "markdown")
    return _raw(node).strip() if is_plain else to_text(_raw(node))


def _share(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError:
        raise cloze.Unfit("答案的 fraction 不是数字。") from None


def _read_choice(node: Element) -> Question:
    single = (node.findtext("single") or "true").strip() in ("true", "1")
    options = tuple(
        Option(_shown(a), _shown(a.find("feedback")), _share(a) >= 100 if single else _share(a) > 0)
        for a in node.iterfind("answer")
    )
    kind = QuestionType.SINGLE if single else QuestionType.MULTIPLE
    return Question("", kind, _shown(node.find("questiontext")), MIDDLE, options=options)


def _read_true_false(node: Element) -> Question:
    found = {_raw(a).strip().lower(): a for a in node.iterfind("answer")}
    if set(found) != {"true", "false"}:
        raise cloze.Unfit("判断题的答案要有 true 和 false。")
    yes, no = found["true"], found["false"]
    options = (
        Option(TRUE, _shown(yes.find("feedback")), _share(yes) > 0),
        Option(FALSE, _shown(no.find("feedback")), _share(no) > 0),
    )
    return Question("", QuestionType.TRUE_FALSE, _shown(node.find("questiontext")), MIDDLE, options=options)


def _read_short(node: Element) -> Question:
    """Only what gets all points is accepted. A text without a gap gets one at its end."""
    full = [a for a in node.iterfind("answer") if _share(a) >= 100]
    stem = _shown(node.find("questiontext"))
    stem = re.sub(r"_{2,}", BLANK, stem) if "__" in stem else f"{stem}{BLANK}"
    why = next((text for a in full if (text := _shown(a.find("feedback")))), "")
    accepts = tuple(dict.fromkeys(_raw(a).strip() for a in full))
    return Question("", QuestionType.FILL_IN, stem, MIDDLE, blanks=(Blank(accepts, why),))


def _read_cloze(node: Element) -> Question:
    return cloze.read_cloze(_raw(node.find("questiontext")))
