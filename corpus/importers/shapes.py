"""What a line of a statute can look like: headings 编章节, articles 条, items 项, history and contents."""

import re

from corpus.statute import ANNEX, NUMERAL, article_anchor, article_number

# A reference goes on at once: 第三条规定的……, 第三条第一款, 第三条、第四条.
REFERENCE = r"(?:规定|之规定|所|的|第|[、，。；：）)]|和|与|或|至|到|及|以及|以外|中)"
ARTICLE = re.compile(rf"^第\s*({NUMERAL})\s*条(?:\s*之\s*({NUMERAL})(?![款项]))?(\s*)(.*)$")
UNIT = re.compile(rf"^第\s*({NUMERAL})\s*(编|分编|章|节)(?!{REFERENCE})\s*(.*)$")
ITEM = re.compile(rf"^[（(]\s*({NUMERAL})\s*[)）]")
SUBITEM = re.compile(r"^(?:[0-9]{1,2}\s*[.．、]|[（(][0-9]{1,2}[)）]|[①-⑳])")
CONTENTS = re.compile(r"^目\s*[录次]$")
DATE = re.compile(
    r"(\d{4}|[一二三四五六七八九〇零○OＯ]{4})\s*年\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*"
    r"(\d{1,2}|[一二三四五六七八九十]{1,3})\s*日"
)
HISTORY_WORD = re.compile(r"通过|公布|发布|修[订正改]|施行|批准|颁布|制定|现予|实施|废止|生效|令")
KIND = re.compile(
    r"(?:法|条例|办法|规定|规则|细则|决定|法典|宪法|章程|准则|制度|方案|标准|公约|通知|意见|决议|解释|修正案|编|规范)"
    r"(?:[（(][^（）()]{1,12}[）)])?$"
)
LEADERS = re.compile(r"[\s.．…·•⋯\-—－]*\d*$")
BARE = re.compile(r"^(?:总\s*则|分\s*则|附\s*则|总\s*纲)$")
STOP = re.compile(r"[。；：！？]")
CLAUSE = re.compile(r"[。；，：！？]")

Number = tuple[int, int]


def article_at(text: str) -> tuple[Number, str] | None:
    """Number and words of a line that may begin an article; None for text and for references to articles."""
    match = ARTICLE.match(text)
    if not match:
        return None
    if not match[3] and re.match(REFERENCE, match[4]):
        return None
    try:
        anchor = article_anchor(match[1], match[2])
    except ValueError:
        return None
    number, _, addition = anchor.removeprefix("art-").partition("-")
    return (int(number), int(addition or 0)), match[4].strip()


def number_text(number: Number) -> str:
    """(12, 1) as 第十二条之一."""
    return article_number(f"art-{number[0]}-{number[1]}" if number[1] else f"art-{number[0]}")


def heading_at(text: str) -> tuple[int, str] | None:
    """Rank (0 编 and 分编, 1 章, 2 节) and words of a heading line, its spaces made even."""
    match = UNIT.match(text)
    if not match or len(text) > 60 or re.search(r"[。；：！？]", text):
        return None
    title = re.sub(r"\s+", "", match[3]) if len(match[3]) < 6 else match[3].strip()
    return "编章节".index(match[2][-1]), f"第{match[1]}{match[2]} {title}".strip()


def is_annex(text: str) -> bool:
    """Whether a line is the title of an attachment 附件, 附表, 附录, 附图."""
    return bool(ANNEX.match(text)) and len(text) < 60 and not CLAUSE.search(text[3:])


def contents_key(text: str) -> str:
    """A line of the contents as compared: no spaces, leader dots or page number."""
    return re.sub(r"\s+", "", LEADERS.sub("", text))


def is_history(text: str) -> bool:
    """Whether a line above the text tells how it came to be: a date or order number with a verb."""
    inner = text.strip("（）() ")
    dated = DATE.search(inner) or re.search(rf"第\s*{NUMERAL}\s*号|[〔\[【（(]\d{{4}}[〕\]】）)]\s*\d+\s*号", inner)
    return bool(dated and (HISTORY_WORD.search(inner) or len(inner) < 40))
