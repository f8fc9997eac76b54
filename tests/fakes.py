"""Stand-ins for tests: a quick encoder that needs no model, and a small corpus one may change freely."""

import hashlib
from pathlib import Path

import numpy as np

DIMENSION = 64
GUIDE_PARTS = (
    "适用范围与职责边界", "常见情形", "法律依据", "构成要件与证据清单", "办案步骤", "裁量", "说理用语", "易错点", "问答", "关联",
)  # fmt: skip


class FakeEncoder:
    """Vectors from letter pairs: texts that share pairs are near. Counts what it encodes."""

    fingerprint = "fake"
    floor = None

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_queries(self, texts):
        return np.asarray([self._vector(text) for text in texts], dtype=np.float32)

    def encode_documents(self, texts, progress=None):
        (first,) = self._rows(texts[:1])  # progress hears of all but the first, as with the real encoder
        rows = self._rows(texts[1:])
        return np.asarray([first, *(progress(rows, len(texts) - 1) if progress else rows)], dtype=np.float32)

    def _rows(self, texts):
        for text in texts:
            self.encoded.append(text)
            yield self._vector(text)

    @staticmethod
    def _vector(text: str):
        vector = np.full(DIMENSION, 0.01)
        for i in range(len(text) - 1):
            digest = hashlib.blake2b(text[i : i + 2].encode(), digest_size=4).digest()
            vector[int.from_bytes(digest, "big") % DIMENSION] += 1
        return vector / np.linalg.norm(vector)


LAW = """---
id: xingzheng-chufa-fa
title: 行政处罚法
level: 法律
effective_on: 2021-07-15
source: 国家法律法规数据库
text: digest
---
## 第四章 行政处罚的管辖和适用

第三十二条【从轻减轻】有下列情形的，从轻或者减轻：
（一）主动消除后果的；
（二）受人胁迫的。
第三十三条【不罚】轻微并及时改正、没有后果的，不罚。第一次、后果轻微并及时改正的，可以不罚。
当事人拿得出证据证明没有过错的，不罚。
"""
GAS_LAW = """---
id: ranqi-tiaoli
title: 城镇燃气管理条例
short_titles: [燃气条例]
level: 行政法规
effective_on: 2016-02-06
source: 国家法律法规数据库
text: digest
---
## 第六章 法律责任

第四十九条【用户违规】燃气用户有下列行为的，责令限期改正；到期不改的，单位罚十万元以下，个人罚一千元以下：
（一）乱动阀门；
（二）在不安全的地方放气瓶。
偷气的，由公安机关处理。
"""
MATTERS = """field: 城镇燃气
transferred_from: 建设部门
levels: [县, 乡镇街道]
matters:
- key: m-0101
  name: 对在不安全的地方放气瓶的行政处罚
  violates: [《城镇燃气管理条例》第四十九条第一款第二项]
  punishes: [《城镇燃气管理条例》第四十九条第一款]
  penalty:
  - {kinds: [罚款], who: 单位, min: 0, max: 100000, unit: 元, text: 十万元以下罚款}
  first_offence: {lenient: true, conditions: 限期内改好}
  boundary: {supervises: 燃气部门, punishes: 综合执法部门, hand_over_when: 有爆炸危险时移送公安}
  street_words: [煤气罐放在地下室, 饭店的液化气瓶没人管]
  discretion:
  - {circumstance: 当场搬走, effect: 不罚}
  discretion_basis: [《行政处罚法》第三十三条第一款]
  elements: [地点不安全]
  evidence: [现场照片]
  pitfalls: [期限没到就罚]
"""
CASE = """---
id: {id}
title: {title}
headline: {headline}
matter: m-0101
decided_on: 2023-05-18
decision: {{kinds: [罚款], amount: 3000}}
tags: [首案]
public: {public}
published_on: 2026-11-20
sample: true
---
# 执法要点
## 案情
某饭店把气瓶放在地下室，限期没有搬走。{secret}
## 证据
现场照片。
## 争点
地下室算不算不安全。
## 依据
《城镇燃气管理条例》第四十九条第一款第二项。
## 裁量
《行政处罚法》第三十二条第一项。
## 启示
复查要拍照。
# 以案释法
## 发生了什么
一家饭店把煤气罐放在地下室。{told}
## 为什么违法
煤气会积在低处，《城镇燃气管理条例》第四十九条说得清楚。
## 怎么处理的
到期没搬，罚三千元。
## 应该怎么做
放在通风的地方。
"""


def guide_text(secret: str = "") -> str:
    """A guide with all its parts."""
    parts = "\n".join(f"## {part}\n\n这一部分说{part}。{secret}\n" for part in GUIDE_PARTS)
    proof = "### 放气瓶（m-0101）\n\n证明地点不安全，《城镇燃气管理条例》第四十九条第一款。\n\n## 办案步骤"
    return f"""---
id: guide-01
title: 城镇燃气执法指引
field: 城镇燃气
matters: [m-0101]
summary: 气瓶放在哪里、怎么查。
audience: officer
sample: true
reviewed_on: 2026-11-20
---
{parts.replace("## 办案步骤", proof)}
"""


def write_corpus(root: Path, *, secret: str = "", public_only: bool = False) -> Path:
    """Write the small corpus: two laws, a matter, a guide, a public case and one that is not.

    `secret` goes into every text that only officers may read; `public_only` leaves all such texts out.
    """
    for folder in ("matters", "guides", "cases", "regulations/national"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "regulations/national/xingzheng-chufa-fa.md").write_text(LAW, encoding="utf-8")
    (root / "regulations/national/ranqi-tiaoli.md").write_text(GAS_LAW, encoding="utf-8")
    matters = MATTERS
    if public_only:
        matters = MATTERS[: MATTERS.index("  discretion:\n")].replace(", hand_over_when: 有爆炸危险时移送公安", "")
    elif secret:
        for words in ("当场搬走", "地点不安全", "现场照片", "期限没到就罚", "有爆炸危险时移送公安"):
            matters = matters.replace(words, words + secret)
    (root / "matters/01-gas.yaml").write_text(matters, encoding="utf-8")
    shown = CASE.format(
        id="case-0101",
        title=f"某饭店案{secret}",
        headline="煤气罐为什么不能放地下室",
        public="true",
        secret=secret,
        told="",
    )
    hidden = CASE.format(
        id="case-0102",
        title=f"未公开案{secret}",
        headline=f"不公开的案子{secret}",
        public="false",
        secret=secret,
        told=secret,
    )
    if public_only:
        start, end = shown.index("# 执法要点"), shown.index("# 以案释法")
        shown = shown[:start] + _officer_outline() + shown[end:]
    (root / "cases/0101-a.md").write_text(shown, encoding="utf-8")
    if not public_only:
        (root / "cases/0102-b.md").write_text(hidden, encoding="utf-8")
        (root / "guides/01-gas.md").write_text(guide_text(secret), encoding="utf-8")
    return root


def _officer_outline() -> str:
    parts = ("案情", "证据", "争点", "依据", "裁量", "启示")
    return "# 执法要点\n" + "\n".join(f"## {part}\n略。" for part in parts) + "\n"
