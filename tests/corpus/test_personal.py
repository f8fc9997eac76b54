import pytest

from corpus.personal import find_personal


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("电话13812345678。", "电话号码", "13812345678"),
        ("打0579-82345678", "电话号码", "0579-82345678"),
        ("身份证330702199001011234", "身份证号", "330702199001011234"),
        ("身份证33070219900101123X", "身份证号", "33070219900101123X"),
        ("开着浙G12345来的", "车牌号", "浙G12345"),
        ("新能源车浙G·D12345", "车牌号", "浙G·D12345"),
        ("业主张伟强说要搬", "真实姓名", "张伟强"),
        ("当事人：李娜，女", "真实姓名", "李娜"),
        ("司机欧阳修文，", "真实姓名", "欧阳修文"),
    ],
)
def test_personal_data_is_found(text, kind, words):
    assert list(find_personal(text)) == [(kind, words)]


@pytest.mark.parametrize(
    "text",
    [
        "店主张某某说",
        "业主李某不服",
        "负责人刘经理说",
        "老板张口就要",
        "罚款12345元",
        "编号20230512345678901234",
        "热线12345",
    ],
)
def test_samples_and_plain_numbers_are_left_alone(text):
    assert list(find_personal(text)) == []
