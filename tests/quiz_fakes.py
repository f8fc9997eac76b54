"""Invented questions for tests, and strategies that make any question there may be."""

from dataclasses import replace

from hypothesis import strategies as st

from quizzes.question import BLANK, FALSE, TRUE, Blank, Option, Question, QuestionType, with_keys

NASTY = "《》：｛｝=~#{}\\:%/\"'<>&\n，。；;|｜→->_-+@ []$`!？?、（）0123abcXYZ燃气罚款五万元以下正确错误"
CITES = ("《城镇燃气管理条例》第四十九条第一款",)


def single(key="q-0101", right=1, texts=("一千元", "十万元", "五十万元", "五万元"), **facts):
    options = tuple(Option(text, f"{text}的理由", index == right) for index, text in enumerate(texts))
    return _question(key, QuestionType.SINGLE, f"{key}：最高可以罚多少？", options=options, **facts)


def multiple(key="q-0102", rights=(0, 2), texts=("甲", "乙", "丙", "丁"), **facts):
    options = tuple(Option(text, f"{text}的理由", index in rights) for index, text in enumerate(texts))
    return _question(key, QuestionType.MULTIPLE, f"{key}：哪些应当移送？", options=options, **facts)


def true_false(key="q-0103", is_true=False, **facts):
    options = (Option(TRUE, "对的理由", is_true), Option(FALSE, "错的理由", not is_true))
    return _question(key, QuestionType.TRUE_FALSE, f"{key}：可以当场收缴。", options=options, **facts)


def fill_in(key="q-0104", accepts=(("五千", "5000"), ("五万",)), **facts):
    stem = f"{key}：处{'元以上'.join([BLANK] * len(accepts))}元以下罚款。"
    return _question(key, QuestionType.FILL_IN, stem, blanks=tuple(Blank(a, "条文写明") for a in accepts), **facts)


def case(key="q-0105", parts=None, **facts):
    parts = parts or (single(), multiple(), true_false(), fill_in())
    return with_keys(
        _question(key, QuestionType.CASE, f"（示例）{key}：某饭店的案情。", parts=tuple(parts), **facts), key
    )


def _question(key, kind, stem, **facts):
    known = {"difficulty": 2, "cites": CITES, "explanation": "记住上限。", "field": "城镇燃气", "guide": "guide-01"}
    return Question(key=key, type=kind, stem=stem, **(known | facts))


def texts(longest=12):
    """Non-empty text with what gives formats trouble, without white space at its ends."""
    return st.text(st.sampled_from(NASTY), min_size=1, max_size=longest).map(str.strip).filter(bool)


def lines():
    return texts().filter(lambda text: "\n" not in text)


def maybe(strategy):
    return st.one_of(st.just(""), strategy)


def distinct_texts(least, most):
    key = lambda text: "".join(text.split())  # noqa: E731
    return st.lists(texts(), min_size=least, max_size=most, unique_by=key)


@st.composite
def leaves(draw):
    """Any question that is not a case, without a key."""
    kind = draw(st.sampled_from([k for k in QuestionType if k is not QuestionType.CASE]))
    options, blanks, stem = (), (), draw(texts(30)).replace(BLANK, "_")
    why = maybe(texts())
    if kind is QuestionType.FILL_IN:
        pieces = draw(st.lists(texts(6).map(lambda text: text.replace("_", "")).filter(bool), min_size=2, max_size=5))
        stem = BLANK.join(pieces).strip()
        blanks = tuple(Blank(tuple(draw(distinct_texts(1, 3))), draw(why)) for _ in range(stem.count(BLANK)))
    elif kind is QuestionType.TRUE_FALSE:
        is_true = draw(st.booleans())
        options = (Option(TRUE, draw(why), is_true), Option(FALSE, draw(why), not is_true))
    else:
        words = draw(distinct_texts(3, 6))
        count = 1 if kind is QuestionType.SINGLE else draw(st.integers(2, len(words) - 1))
        rights = set(draw(st.permutations(range(len(words))))[:count])
        options = tuple(Option(word, draw(why), index in rights) for index, word in enumerate(words))
    cites = tuple(draw(st.lists(lines(), max_size=3)))
    return Question("", kind, stem, 3, cites, options, blanks, explanation=draw(maybe(texts())))


@st.composite
def questions(draw, key="q-1"):
    """Any question, with a key."""
    facts = {
        "difficulty": draw(st.integers(1, 5)),
        "field": draw(st.sampled_from(["", "城镇燃气", "甲/乙: {丙}=#~", "市容\\环卫"])),
        "matter": draw(st.sampled_from(["", "m-0103"])),
        "guide": draw(st.sampled_from(["", "guide-01"])),
    }
    if draw(st.booleans()):
        return replace(draw(leaves()), key=key, **facts)
    parts = tuple(draw(st.lists(leaves(), min_size=1, max_size=3)))
    facts |= {"cites": tuple(draw(st.lists(lines(), max_size=2))), "explanation": draw(maybe(texts()))}
    return with_keys(Question(key, QuestionType.CASE, draw(texts(30)), parts=parts, **facts), key)


@st.composite
def question_lists(draw):
    """One to four questions with keys of their own."""
    return [draw(questions(f"q-{number}")) for number in range(1, draw(st.integers(1, 4)) + 1)]
