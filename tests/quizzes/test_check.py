"""What must hold across banks apart from the law."""

from dataclasses import replace

from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.bank import Bank, parse_bank, write_bank
from quizzes.check import check_banks, count_banks


def bank(*questions, guide="guide-01", source="01-town-gas.yaml"):
    return parse_bank(write_bank(Bank("城镇燃气", guide, questions)), source)


def told(*banks):
    return [f"{problem.path}:{problem.line} {problem.message}" for problem in check_banks(banks)]


GOOD = (
    *(single(f"q-01{n:02}", right=n % 4, texts=[f"{letter}{n}" for letter in "甲乙丙丁"]) for n in range(1, 9)),
    multiple("q-0120"), true_false("q-0121"), fill_in("q-0122"), case("q-0123"),
)  # fmt: skip


def test_a_sound_bank_has_no_faults():
    assert told(bank(*GOOD)) == []


def test_counts_are_by_type_field_difficulty_and_guide():
    counts = count_banks([bank(*GOOD)])
    assert counts["types"] == {"single": 8, "multiple": 1, "true_false": 1, "fill_in": 1, "case": 1}
    assert counts["fields"] == {"城镇燃气": 12} and counts["difficulties"] == {"2": 12}
    assert counts["guides"] == {"guide-01": 12}


def test_gaps_carry_the_line_of_the_option():
    bare = replace(single(), options=(replace(single().options[0], why=""), *single().options[1:]))
    (fault,) = told(bank(bare))
    line = int(fault.split(":")[1].split()[0])
    assert "没有写为什么" in fault and write_bank(bank(bare)).splitlines()[line - 1].strip() == "- text: 一千元"


def test_keys_follow_the_guide_and_come_once():
    assert told(bank(single("q-0201")))[0].endswith("q-0201：编号要写成 q-01 加两位序号")
    assert "文件名要以 01- 开头" in told(bank(single(), source="02-x.yaml"))[0]
    twice = told(bank(single()), bank(multiple("q-0101"), source="01-b.yaml"))
    assert len(twice) == 1 and "01-b.yaml:4 q-0101：编号重复，已经用在 01-town-gas.yaml" in twice[0]


def test_a_case_says_that_it_is_made_up():
    assert "要以（示例）开头" in told(bank(replace(case("q-0123"), stem="某饭店的案情。")))[0]


def test_a_question_asked_twice_is_told_but_not_one_with_another_answer():
    stem = "用户在不具备安全条件的场所储存燃气，责令后逾期不改正的，对单位最高可以罚多少？"
    one, two = replace(single(), stem=stem), replace(single("q-0102"), stem=stem + "。")
    assert "和 q-0101 的题干、答案几乎相同" in told(bank(one, two))[0]
    other = replace(single("q-0102", right=0), stem=stem.replace("单位", "个人"))
    assert told(bank(one, other)) == []


def test_right_options_that_crowd_one_place_are_told():
    crowd = [
        single(f"q-01{n:02}", right=0 if n < 6 else 1 + n % 3, texts=[f"{c}{n}" for c in "甲乙丙丁"])
        for n in range(1, 9)
    ]
    assert told(bank(*crowd)) == ["01-town-gas.yaml:1 单选的正确选项位置不匀：A 5、B 1、C 1、D 1"]
    missing = [single(f"q-01{n:02}", right=n % 3, texts=[f"{c}{n}" for c in "甲乙丙丁"]) for n in range(1, 9)]
    assert "D 0" in told(bank(*missing))[0]


def test_right_options_that_are_always_the_longest_are_told():
    long = [
        single(
            f"q-01{n:02}",
            right=n % 4,
            texts=[f"{c}{n}" + "很长" * 5 * (place == n % 4) for place, c in enumerate("甲乙丙丁")],
        )
        for n in range(1, 9)
    ]
    assert told(bank(*long)) == ["01-town-gas.yaml:1 8 道单选里有 8 道的正确选项明显最长，容易被猜中"]
