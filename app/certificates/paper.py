"""A certificate as it is printed: its words, and the page that becomes the PDF."""

from dataclasses import dataclass

import segno

from app.certificates.models import Certificate, Kind

TITLES = {Kind.PASSED: "培训合格证书", Kind.COMPLETED: "结业证书", Kind.AWARD: "荣誉证书"}
KIND_NAMES = {Kind.PASSED: "培训合格", Kind.COMPLETED: "班次结业", Kind.AWARD: "竞赛获奖"}
SENTENCES = {
    Kind.PASSED: ("参加", "的学习和测试，", "，考核合格，特发此证。"),
    Kind.COMPLETED: ("参加", "，", "，完成全部学习，准予结业。"),
    Kind.AWARD: ("在", "中获得", "，特发此证，以资鼓励。"),
}


@dataclass(frozen=True)
class Paper:
    """What stands on the paper; `sentence` goes around subject and detail."""

    title: str
    sentence: tuple[str, str, str]
    verify_url: str
    qr: str


def paper(certificate: Certificate, verify_url: str) -> Paper:
    """The words of a certificate; `verify_url` is the address its QR code leads to."""
    kind = Kind(certificate.kind)
    qr = segno.make(verify_url, error="m", micro=False).svg_data_uri(border=0, dark="#1c2430")
    return Paper(TITLES[kind], SENTENCES[kind], verify_url, qr)
