"""Personal data 个人信息 that must not stand in a public text: numbers of people, and names that look real.

GB 11643 (identity numbers: 17 digits and a check character), GA 36 (number plates), the numbering plan of mobile and
fixed telephones. Names: samples and published decisions say 张某; a surname with a given name after the word for a
person is taken for a real name.
"""

import re
from collections.abc import Iterator

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎武乔贺赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦尤毕聂"
)
COMPOUND_SURNAMES = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯"
PERSONS = (
    "当事人|违法行为人|被处罚人|负责人|责任人|法定代表人|代表人|经营者|店主|老板|老板娘|房东|业主|住户|户主|租客|司机|驾驶员|村民|居民|"
    "市民|顾客|员工|工人|店员|经理|教师|家长|学生|男子|女子|姓名|名叫"
)
NOT_GIVEN = "某|姓|氏|经理|老板|师傅|先生|女士|阿姨|大爷|大妈"
ENDS = r"(?=[，。、；：！？（）“”《》\s说称在把被将与和等的是不从于向对因为未没已经认承提涉擅违到来去用]|$)"
NAME = re.compile(
    rf"(?:{PERSONS})[：:]?((?:{COMPOUND_SURNAMES}|[{SURNAMES}])(?!{NOT_GIVEN})[\u4e00-\u9fff]{{1,2}}?){ENDS}"
)
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(rf"[{PROVINCES}][A-Z][·•]?[A-HJ-NP-Z0-9]{{5,6}}(?![A-Z0-9])")
PATTERNS = (
    ("身份证号", re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)")),
    ("电话号码", re.compile(r"(?<![\d.])(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?!\d)")),
    ("车牌号", PLATE),
    ("真实姓名", NAME),
)  # fmt: skip


def find_personal(text: str) -> Iterator[tuple[str, str]]:
    """What kind of personal data a text seems to hold, and the words, in no order."""
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            yield kind, match[match.lastindex or 0]
