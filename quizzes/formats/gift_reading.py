"""GIFT, the text format of Moodle (docs.moodle.org, "GIFT format"): reading, real files too.

Understood are categories, comments, titles, format marks, single and multiple choice with weights, true and false,
short answers and missing words, exact numbers, feedback to answers and in general. Matching, essays, number ranges and
descriptions have no like here and are faults.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from quizzes.formats.errors import Fault, FormatError, decoded, whole
from quizzes.formats.markup import HasMedia, to_text
from quizzes.formats.tags import BLANK_TAG, CASE_TAG, MIDDLE, PART_TAG, from_tags
from quizzes.question import BLANK, FALSE, TRUE, Blank, Option, Question, QuestionType, find_flaws, with_keys

MARK = re.compile(r"\[(id|tag|explanation):([^\]]*)\]")
TITLE = re.compile(r"\s*::((?:\\.|[^\\])*?)::", re.DOTALL)
FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d*)?)%")
ESCAPED = re.compile(r"\\([\\~=#{}:>n])")
TRUTH = re.compile(r"\s*(T|TRUE|F|FALSE)\s*", re.IGNORECASE)
EXACT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?::\s*0+(?:\.0*)?)?\s*")
CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)", re.IGNORECASE)


class Unfit(Exception):
    """What this block holds is no question here; says why in Chinese."""


@dataclass
class Block:
    """The lines of one question, on which line they begin, and what its comments mark."""

    line: int
    text: str
    field: str
    marks: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def tags(self) -> list[str]:
        """Its tags."""
        return [value for name, value in self.marks if name == "tag"]

    def mark(self, name: str) -> str:
        """Its first mark of this name, or nothing."""
        return next((value for mark, value in self.marks if mark == name), "")


@dataclass(frozen=True)
class Answer:
    """One answer: its sign, share in per cent (None when not told), text and feedback."""

    sign: str
    share: float | None
    text: str
    why: str


def read(data: bytes) -> list[Question]:
    """The questions of a file. Raises FormatError with every fault by line."""
    reader = _Reader()
    for block in _blocks(decoded(data).replace("\r\n", "\n").replace("\r", "\n")):
        try:
            reader.take(block)
        except (Unfit, HasMedia) as error:
            reader.faults.append(Fault(block.line, "", str(error)))
    reader.close()
    if reader.faults:
        raise FormatError(reader.faults)
    if not reader.questions:
        raise whole("文件里没有题目。")
    return reader.questions


def _blocks(text: str) -> Iterator[Block]:
    """Cut the file at its blank lines; comments belong to the block after them."""
    category, marks, lines, start = "", list[tuple[str, str]](), list[str](), 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.lstrip().startswith("//"):
            marks += [(name, unquote(value)) for name, value in MARK.findall(line)]
        elif told := CATEGORY.match(line):
            category = _category(told[1])
        elif line.strip():
            start = start if lines else number
            lines.append(line)
        elif lines:
            yield Block(start, "\n".join(lines), category, marks)
            marks, lines = [], []


def _category(path: str) -> str:
    """The last part of a path such as $course$/top/城镇燃气; a slash of its own is written twice."""
    last = re.split(r"(?<!/)/(?!/)", path.strip())[-1].replace("//", "/")
    return "" if last in ("top", "$course$") else last


class _Reader:
    """Questions and faults met so far, and the case or the blanks that are still open."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.faults: list[Fault] = []
        self._lines: list[int] = []
        self._open: list[tuple[Question, int, bool]] = []

    def take(self, block: Block) -> None:
        """Read one block: a question, a case's facts, one of its parts, or one of several blanks."""
        tags = block.tags()
        if CASE_TAG in tags:
            self._begin(_case(block), block.line)
            return
        question = _question(block)
        blank = next((tag for tag in tags if tag.startswith(f"{BLANK_TAG}:")), f"{BLANK_TAG}:1/1")
        if not blank.startswith(f"{BLANK_TAG}:1/"):
            self._add_blank(question)
        elif PART_TAG in tags:
            self._add_part(question)
        else:
            self._begin(question, block.line)

    def _begin(self, question: Question, line: int) -> None:
        self.questions.append(question)
        self._lines.append(line)

    def _add_part(self, part: Question) -> None:
        if not self.questions or self.questions[-1].type is not QuestionType.CASE:
            raise Unfit("小题的前面没有案例。")
        case = self.questions[-1]
        self.questions[-1] = replace(case, parts=(*case.parts, part))

    def _add_blank(self, piece: Question) -> None:
        """The next blank of the question before."""
        last = self.questions[-1] if self.questions else None
        whole_question = last.parts[-1] if last and last.parts else last
        if last is None or whole_question is None or whole_question.stem != piece.stem:
            raise Unfit("同一题的各空题干不一样。")
        grown = replace(whole_question, blanks=(*whole_question.blanks, *piece.blanks))
        self.questions[-1] = replace(last, parts=(*last.parts[:-1], grown)) if last.parts else grown

    def close(self) -> None:
        """Give the parts their keys and look for flaws."""
        seen: dict[str, int] = {}
        for index, (question, line) in enumerate(zip(self.questions, self._lines, strict=True)):
            self.questions[index] = with_keys(question, question.key)
            self.faults += [Fault(line, "", flaw.message + "。") for flaw in find_flaws(self.questions[index])]
            if question.key and seen.setdefault(question.key, line) != line:
                self.faults.append(Fault(line, "", f"编号 {question.key} 和第 {seen[question.key]} 行重复。"))


def _case(block: Block) -> Question:
    _, text = _title(block.text)
    case = Question(block.mark("id"), QuestionType.CASE, _plain(text), MIDDLE, explanation=block.mark("explanation"))
    return from_tags(replace(case, field=block.field), block.tags())


def _question(block: Block) -> Question:
    _, text = _title(block.text)
    before, answers, after = _cut(text)
    markup = FORMAT.match(before)
    default = markup[1].lower() if markup else "moodle"
    question = _with_answers(before, answers, after, default)
    return from_tags(replace(question, key=block.mark("id"), field=block.field), block.tags())


def _title(text: str) -> tuple[str, str]:
    match = TITLE.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _cut(text: str) -> tuple[str, str, str]:
    """Text before the answers, the answers, text after them."""
    opened = re.search(r"(?<!\\)(?:\\\\)*\{", text)
    if not opened:
        raise Unfit("只有文字、没有答案的说明不是题目，请删去。")
    closed = re.compile(r"(?<!\\)(?:\\\\)*\}").search(text, opened.end())
    if not closed:
        raise Unfit("答案的花括号没有成对。")
    after = text[closed.end() :]
    if re.search(r"(?<!\\)(?:\\\\)*[{}]", after):
        raise Unfit("一题只能有一处答案的花括号。")
    return text[: opened.end() - 1], text[opened.end() : closed.end() - 1], after


def _with_answers(before: str, block: str, after: str, default: str) -> Question:
    block, explanation = _split_general(block, default)
    if not block.strip():
        raise Unfit("论述题不能导入。")
    if block.lstrip().startswith("#"):
        return _fill_in(before, _numbers(block.lstrip()[1:], default), after, explanation, default)
    truth = TRUTH.fullmatch(_pieces(block, "#")[0])
    if truth:
        return _true_false(_stem(before, after, default), block, truth[1].upper()[0] == "T", explanation, default)
    answers = list(_answers(block, default))
    if not any(answer.sign == "~" for answer in answers):
        pairs = _pieces(block, "=")[1:]
        if pairs and all("->" in piece for piece in pairs):
            raise Unfit("匹配题不能导入。")
        return _fill_in(before, answers, after, explanation, default)
    return _choice(_stem(before, after, default), answers, explanation)


def _split_general(block: str, default: str) -> tuple[str, str]:
    match = re.search(r"(?<!\\)((?:\\\\)*)####", block)
    if not match:
        return block, ""
    return block[: match.start() + len(match[1])], _plain(block[match.end() :], default)


def _pieces(text: str, marks: str) -> list[str]:
    """The text cut before each of `marks` that has no backslash; pieces after the first keep their mark."""
    pieces = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token in marks:
            pieces.append("")
        pieces[-1] += token
    return pieces


def _answers(block: str, default: str) -> Iterator[Answer]:
    first, *rest = _pieces(block, "=~")
    if first.strip() and rest:
        raise Unfit("答案要以 = 或 ~ 开头。")
    if first.strip():  # {yellow}: a single short answer without its sign
        rest = ["=" + first.strip()]
    for piece in rest:
        text, *feedback = _pieces(piece[1:], "#")
        share = WEIGHT.match(text)
        body = text[share.end() :] if share else text
        why = _plain("".join(feedback)[1:], default) if feedback else ""
        yield Answer(piece[0], float(share[1]) if share else None, _plain(body, default), why)


def _numbers(block: str, default: str) -> list[Answer]:
    """Exact numbers; a range cannot be asked for here."""
    found = list(_answers(block if re.match(r"\s*[=~]", block) else "=" + block, default))
    full = [answer for answer in found if answer.share in (None, 100)]
    exact = [replace(answer, text=match[1]) for answer in full if (match := EXACT.fullmatch(answer.text))]
    if not exact or len(exact) < len(full):
        raise Unfit("带误差或者范围的数字题不能导入。")
    return exact


def _fill_in(before: str, answers: list[Answer], after: str, explanation: str, default: str) -> Question:
    """A short answer is a blank where its answers stand. Only what gets all points is accepted."""
    full = [answer for answer in answers if answer.share in (None, 100)]
    why = next((answer.why for answer in full if answer.why), "")
    stem = _stem(before, after, default, is_blank=True)
    accepts = tuple(dict.fromkeys(answer.text for answer in full))
    return Question("", QuestionType.FILL_IN, stem, MIDDLE, blanks=(Blank(accepts, why),), explanation=explanation)


def _true_false(stem: str, block: str, is_true: bool, explanation: str, default: str) -> Question:
    """The first feedback is for who answers wrongly, the second for who answers rightly."""
    wrong, right, *_ = [*(_plain(piece[1:], default) for piece in _pieces(block, "#")[1:]), "", ""]
    whys = (right, wrong) if is_true else (wrong, right)
    options = (Option(TRUE, whys[0], is_true), Option(FALSE, whys[1], not is_true))
    return Question("", QuestionType.TRUE_FALSE, stem, MIDDLE, options=options, explanation=explanation)


def _choice(stem: str, answers: list[Answer], explanation: str) -> Question:
    """Single choice when an answer has the sign = or all points; otherwise what has points is right."""
    best = [(a.sign == "=" and a.share in (None, 100)) or a.share == 100 for a in answers]
    rights = best if any(best) else [(a.share or 0) > 0 for a in answers]
    kind = QuestionType.SINGLE if sum(rights) == 1 else QuestionType.MULTIPLE
    options = tuple(Option(a.text, a.why, is_right) for a, is_right in zip(answers, rights, strict=True))
    return Question("", kind, stem, MIDDLE, options=options, explanation=explanation)


def _stem(before: str, after: str, default: str, *, is_blank: bool = False) -> str:
    """The text of a question; where text follows the answers, a gap stands for them."""
    is_gap = is_blank or after.strip()
    return _plain(f"{before}{BLANK if is_gap else ''}{after}", default)


def _plain(text: str, default: str = "moodle") -> str:
    """A text as people read it: format mark off, lines joined, escapes undone, HTML to text."""
    markup = FORMAT.match(text)
    kind = markup[1].lower() if markup else default
    body = re.sub(r"[ \t]*\n[ \t]*", " ", text[markup.end() if markup else 0 :]).strip()
    body = ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], body)
    return to_text(body) if kind == "html" else body.strip()
