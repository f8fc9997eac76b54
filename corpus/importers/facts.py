"""What a text says of itself: its level, number and dates."""

import datetime as dt
import re
from dataclasses import dataclass

from corpus.importers.shapes import DATE
from corpus.importers.structure import Statute
from corpus.statute import NUMERAL, to_int

FILE_NAME = re.compile(r"^(.*?)\s*[（(_\- ]?\s*(\d{4})[-.]?(\d{2})[-.]?(\d{2})\s*[）)]?$")
START = re.compile(rf"自\s*{DATE.pattern}\s*起\s*(?:正式)?(?:施行|实施|生效|执行)")
AT_ONCE = re.compile(r"自(?:公布|发布|颁布|通过|公告)之日起(?:正式)?(?:施行|实施|生效|执行)")
ORDER = re.compile(
    rf"(?:中华人民共和国)?((?:国务院|[\u4e00-\u9fff]{{2,20}}(?:部|局|会|署|行|院|政府|办公厅))令)\s*"
    rf"(?:[〔\[（(]\d{{4}}[〕\]）)]|\d{{4}}年)?\s*第?\s*({NUMERAL})\s*号"
)
CITIES = "杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水"
OTHER_PROVINCES = (
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|重庆|四川|贵州|云南|"
    "西藏|陕西|甘肃|青海|宁夏|新疆"
)
LAW_FOLDERS = {"刑法", "宪法相关法", "民法典", "民法商法", "社会法", "经济法", "行政法", "诉讼与非诉讼程序法", "法律"}
FOLDER_LEVELS = dict.fromkeys(LAW_FOLDERS, "法律") | {
    "宪法": "宪法", "行政法规": "行政法规", "部门规章": "部门规章", "省条例": "省条例", "省规章": "省规章",
    "市条例": "市条例", "市规章": "市规章", "省政府规章": "省规章", "市政府规章": "市规章",
}  # fmt: skip
NATIONAL_CONGRESS = re.compile(r"全国人民代表大会|全国人大|政治协商会议|中央人民政府")
MINISTRY = re.compile(
    r"(?:部|总局|局|委员会|委|署|银行|证监会|银保监会)(?:令|第.{1,4}次(?:部务|局务|委务|署务)会议|发布|公布)"
)


@dataclass(frozen=True, slots=True)
class Dates:
    """When a version was adopted and took effect; `is_stated` when the text itself names the day."""

    adopted_on: dt.date | None
    effective_on: dt.date | None
    is_stated: bool


def split_name(stem: str) -> tuple[str, dt.date | None]:
    """Title and date of a file name, 海警法(2021-01-22)."""
    match = FILE_NAME.match(stem)
    day = _date(match[2], match[3], match[4]) if match else None
    return (match[1], day) if match and day else (stem, None)


def find_dates(statute: Statute, named_on: dt.date | None) -> Dates:
    """Dates of this version. A day stated in the text counts unless a later amendment is known."""
    history = [day for line in statute.history for day in dates_in(line)]
    adopted = [day for line in statute.history if "通过" in line or "公布" in line for day in dates_in(line)]
    starts = [day for line in statute.history for day in _starts(line)]
    enacted = max((day for day in [*_enacted(statute.history), named_on] if day), default=None)
    stated = max([*_stated(statute), *starts], default=None)
    first = min(adopted or history, default=None)
    if stated and (enacted is None or stated >= enacted):
        return Dates(first, stated, True)
    return Dates(first, enacted, bool(enacted and _says_at_once(statute) and len(history) == 1))


def _enacted(history: tuple[str, ...]) -> list[dt.date]:
    """Days on which something was passed, without the days from which it applies."""
    return [day for line in history for day in dates_in(START.sub("", line))]


def _starts(text: str) -> list[dt.date]:
    return [day for m in START.finditer(text) if (day := _date(m[1], m[2], m[3]))]


def _stated(statute: Statute) -> list[dt.date]:
    """Days named by the last article that names one; the first of them is the law's own."""
    for part in reversed(statute.articles[-4:]):
        if days := _starts("".join(part.lines)):
            return days[:1]
    return []


def _says_at_once(statute: Statute) -> bool:
    return any(AT_ONCE.search("".join(part.lines)) for part in statute.articles[-4:])


def dates_in(text: str) -> list[dt.date]:
    """All dates of a line, 2010年11月19日 or 二〇一〇年十一月十九日."""
    return [day for m in DATE.finditer(text) if (day := _date(m[1], m[2], m[3]))]


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(_year(year), to_int(month), to_int(day))
    except ValueError:
        return None


def _year(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return int("".join(str("〇一二三四五六七八九".index(c)) for c in re.sub("[零○OＯ]", "〇", text)))


def find_number(history: tuple[str, ...]) -> str | None:
    """Number of the order that published it first, 国务院令第583号."""
    for line in history:
        if order := ORDER.search(line):
            issuer = order[1].removeprefix("中华人民共和国")
            return f"{issuer}第{order[2]}号"
    return None


def guess_level(title: str, folders: tuple[str, ...], history: tuple[str, ...]) -> str | None:
    """Level of authority from title, folder and history; None when they do not tell."""
    told = " ".join(history)
    plain = title.removeprefix("中华人民共和国")
    if plain == "宪法" or plain.startswith("宪法修正案"):
        return "宪法"
    if local := _local_level(plain, told):
        return local
    if re.match(r"浙江省第.{1,3}届人民代表大会", re.sub(rf"^.*?{DATE.pattern}\s*", "", history[0] if history else "")):
        return "省条例" if "自治县" not in plain else None
    by_folder = next((FOLDER_LEVELS[name] for name in reversed(folders) if name in FOLDER_LEVELS), None)
    if by_folder:
        return by_folder
    if re.match(f"(?:{OTHER_PROVINCES})", plain):
        return None
    return _national_level(told)


def _local_level(title: str, told: str) -> str | None:
    place = re.match(rf"(浙江省)?({CITIES})?", title)
    if place is None or not place[0]:
        return None
    by_government = "人民政府" in told and "人民代表大会" not in told
    if place[2]:
        return "市规章" if by_government else "市条例"
    if re.match(r"浙江省.{1,12}自治县", title):
        return None
    return "省规章" if by_government else "省条例"


def _national_level(told: str) -> str | None:
    if "国务院" in told and not NATIONAL_CONGRESS.search(told):
        return "行政法规" if re.search(r"国务院.{0,12}(?:令|公布|发布|批准|通过)|国务院第", told) else None
    if re.search(r"全国人民代表大会(?:常务委员会)?第", told) or NATIONAL_CONGRESS.search(told):
        return "法律"
    return "部门规章" if MINISTRY.search(told) else None
