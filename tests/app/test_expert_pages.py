"""The pages of the pool: who sees what, and changes that cannot get lost."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.accounts.models import Level
from app.audit import AuditEntry
from app.db import db, writing
from app.experts import queries
from app.experts.models import Expert
from app.index import live_index

NOW = dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC)
GOOD = {
    "version": "0", "name": "新来人（示例）", "kind": "practitioner", "organisation": "某执法队（示例）", "post": "队长",
    "fields": "城镇燃气", "matters": "m-0101", "forms": "案例研讨、现场教学", "courses": "甲课\n乙课", "yearly_cap": "6",
    "specialities": "长期查处气瓶违法，擅长带队做现场检查和询问笔录。", "slots": "周二 9:00-11:30\n周四 14:00-17:00",
    "absences": "2027-07-10至2027-08-20", "terms": "2027-01-01至2028-12-31", "consented_on": "2026-11-01",
    "phone": "0579-0000-9999", "fee_note": "不取酬", "note": "",
}  # fmt: skip
INTERNAL_WORDS = ("0579-0000", "按学时计酬", "不取酬", "人物为虚构。", "聘期", "场次", "评分")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def county(auth):
    """Become a trainer of a county."""

    def become():
        unit = auth.unit("330702", Level.COUNTY, "330700")
        auth.user("county", Role.TRAINER, unit_id=unit)
        auth.client.delete_cookie("session")
        assert auth.sign_in("county").status_code == 302

    return become


@pytest.mark.parametrize("role", [Role.OFFICER, Role.EDITOR])
@pytest.mark.parametrize("path", ["/experts", "/experts/e-017"])
def test_officers_see_no_internal_word(pool, auth, client, role, path):
    auth.be(role)
    page = client.get(path)
    assert page.status_code == 200 and "安燃峰" in page.text
    assert [word for word in INTERNAL_WORDS if word in page.text] == []


def test_an_officer_cannot_narrow_the_list_by_calendars_or_see_who_left(pool, auth, client):
    auth.be(Role.OFFICER)
    assert "共 48 位" in client.get("/experts?free_on=2027-03-12&state=retired").text


def test_the_public_is_asked_to_sign_in(pool, client):
    for path in ("/experts", "/experts/e-017", "/experts/match?text=燃气"):
        assert client.get(path).location.startswith("/sign-in")


def change(pool, key, **values):
    with pool.app_context(), writing() as session:
        expert = session.scalar(sa.select(Expert).where(Expert.key == key))
        for name, value in values.items():
            setattr(expert, name, value)


@pytest.mark.parametrize("values", [{"consented_on": None}, {"retired_at": NOW}])
def test_who_did_not_consent_or_left_does_not_exist_for_officers(pool, auth, client, values):
    change(pool, "e-017", **values)
    auth.be(Role.OFFICER)
    assert client.get("/experts/e-017").status_code == 404
    assert "安燃峰" not in client.get("/experts").text
    auth.be(Role.TRAINER)
    assert client.get("/experts/e-017").status_code == 200


def test_the_list_narrows_by_words_kind_field_and_free_day(pool, auth, client):
    auth.be(Role.TRAINER)
    for query, count in (
        ("q=示例 隔油", 1),
        ("kind=university", 16),
        ("field=体育", 2),
        ("free_on=2027-03-13", 0),  # a Saturday
        ("state=retired", 0),
        ("q=没有这个词", 0),
    ):
        assert f"共 {count} 位" in client.get(f"/experts?{query}").text, query
    friday = client.get("/experts?free_on=2027-03-12").text
    assert "安燃峰" not in friday and "09:00–11:30" in friday
    assert "请填写完整的日期" in client.get("/experts?free_on=2027-13-40").text


def test_the_list_and_a_profile_ask_the_database_little(pool, auth, client, count_queries):
    auth.be(Role.TRAINER)
    for path, most in (("/experts", 12), ("/experts/e-017", 16), ("/experts/match?matter=m-0101", 12)):
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, path


def test_a_keeper_adds_an_expert_and_what_was_typed_comes_back(pool, auth, client):
    auth.be(Role.TRAINER)
    answer = auth.post("/experts/add", GOOD)
    assert answer.location == "/experts/e-049"
    page = client.get("/experts/e-049").text
    for word in ("新来人", "甲课", "周二 09:00-11:30；周四 14:00-17:00", "2027-07-10至2027-08-20", "不取酬", "m-0101"):
        assert word in page
    assert ">m-0101</a>" not in page
    edit = client.get("/experts/e-049/edit").text
    assert "周二 09:00-11:30\n周四 14:00-17:00" in edit and "甲课\n乙课</textarea>" in edit


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"name": "长" * 31}, "最多 30 个字"),
        ({"fields": "城镇燃气、航天"}, "没有这些领域：航天"),
        ({"matters": "m-9999"}, "没有这些事项编号：m-9999"),
        ({"forms": "唱歌"}, "授课形式只能是"),
        ({"specialities": "燃气"}, "至少写 20 个字"),
        ({"slots": "每天上午"}, "“每天上午”看不懂"),
        ({"slots": "周二 11:30-09:00"}, "开始要早于结束"),
        ({"slots": "周二 25:00-26:00"}, "没有 25:00 这个时刻"),
        ({"slots": "周二 9:00-10:00\n周二 09:00-11:00"}, "从同一时刻开始"),
        ({"absences": "2027-02-30"}, "没有“2027-02-30”这一天"),
        ({"absences": "2027-03-02至2027-03-01"}, "开始要早于结束"),
        ({"terms": "2027-01-01至2027-12-31\n2027-12-31至2028-12-31"}, "有两段日期重叠"),
        ({"yearly_cap": "0"}, "1 到 366"),
        ({"consented_on": "去年"}, "没有“去年”这一天"),
        ({"phone": "=1+1"}, "不能以 = + - @ 开头"),
        ({"kind": "singer"}, "请从列表中选择"),
    ],
)
def test_each_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(pool, auth, client, values, told):
    auth.be(Role.ADMIN)
    page = auth.post("/experts/add", GOOD | values)
    assert page.status_code == 200 and told in page.text
    name = next(iter(values))
    assert re.search(rf'id="{name}-error">[^<]*{re.escape(told)}', page.text)
    assert "长期查处气瓶违法" in page.text or name == "specialities"
    with pool.app_context():
        assert queries.expert(db.session, "e-049") is None


def version(client, path):
    return re.search(r'name="version"[^>]*value="(\d+)"', client.get(path).text)[1]


def test_of_two_who_change_a_profile_at_once_the_second_is_told(pool, auth, client):
    auth.be(Role.TRAINER)
    seen = version(client, "/experts/e-017/edit")
    mine = GOOD | {"version": seen, "name": "第一次改（示例）"}
    assert auth.post("/experts/e-017/edit", mine).status_code == 302
    late = auth.post("/experts/e-017/edit", mine | {"name": "第二次改（示例）"})
    assert "刚被别人改过" in late.text and "第二次改" in late.text
    with pool.app_context():
        assert queries.expert(db.session, "e-017").name == "第一次改（示例）"
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "experts.changed")).one()
        assert "姓名" in entry.detail and "可授课时段" in entry.detail and "0579" not in entry.detail


def test_saving_without_a_change_is_no_change(full_catalogue, auth, client):
    auth.be(Role.TRAINER)
    page = client.get("/experts/e-017/edit").text
    texts = {name: value for name, value in re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)}
    texts |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\r?\n?([^<]*)</textarea>', page))
    assert auth.post("/experts/e-017/edit", texts | {"kind": "practitioner"}).status_code == 302
    with full_catalogue.app_context():
        assert queries.expert(db.session, "e-017").version == 1


def test_a_county_trainer_reads_all_and_keeps_nothing(pool, auth, client, county):
    county()
    assert "0579-0000-0017" in client.get("/experts/e-017").text
    assert "修改资料" not in client.get("/experts/e-017").text and "添加师资" not in client.get("/experts").text
    assert client.get("/experts/match?text=燃气").status_code == 200
    for path in ("/experts/add", "/experts/e-017/edit", "/experts/import"):
        assert client.get(path).status_code == 404
    for path in ("/experts/e-017/renew", "/experts/e-017/retire", "/experts/e-017/restore", "/experts/import/confirm"):
        assert auth.post(path, {"reason": "x"}).status_code == 404


def test_a_term_that_ends_is_listed_and_renewed(pool, auth, client):
    auth.be(Role.TRAINER)
    listed = client.get("/experts/terms").text
    assert re.findall(r"/experts/(e-\d+)", listed) == ["e-004", "e-012", "e-021"] and "还有 33 天" in listed
    assert 'value="2027-01-01"' in client.get("/experts/e-004").text
    overlap = auth.post("/experts/e-004/renew", {"starts_on": "2026-12-31", "ends_on": "2027-12-31"})
    assert "和已有的聘期重叠" in overlap.text
    assert "不能早于" in auth.post("/experts/e-004/renew", {"starts_on": "2027-01-02", "ends_on": "2027-01-01"}).text
    assert auth.post("/experts/e-004/renew", {"starts_on": "2027-01-01", "ends_on": "2028-12-31"}).status_code == 302
    assert "e-004" not in client.get("/experts/terms").text
    assert "2025-09-01至2026-12-31；2027-01-01至2028-12-31" in client.get("/experts/e-004").text


def test_who_leaves_is_kept_is_offered_no_more_and_can_come_back(pool, auth, client):
    auth.be(Role.TRAINER)
    ahead = auth.post("/experts/e-017/retire", {"reason": "调离"}).text
    assert "还有 1 场没有上完" in ahead and "黑气案件" in ahead
    assert "请填写原因" in auth.post("/experts/e-015/retire", {"reason": ""}).text
    assert auth.post("/experts/e-015/retire", {"reason": "本人申请"}).status_code == 302
    page = client.get("/experts/e-015").text
    assert "退出师资库：本人申请" in page and "恢复到师资库" in page and "修改资料" not in page
    assert "e-015" in client.get("/experts?state=retired").text and "e-015" not in client.get("/experts").text
    assert "1 位已退出师资库" in client.get("/experts/match?text=低价团&date=2027-03-09").text
    refused = auth.post("/experts/e-015/edit", GOOD | {"version": "2"}).text
    assert "已退出师资库，请先恢复" in refused
    assert auth.post("/experts/e-015/restore").status_code == 302
    assert "修改资料" in client.get("/experts/e-015").text


def test_the_match_page_says_why_what_rule_and_who_is_left_out(pool, auth, client):
    auth.be(Role.TRAINER)
    page = client.get("/experts/match?matter=m-0101&date=2027-03-09").text
    first = re.search(r'<ol class="match-list">.*?/experts/(e-\d+).*?<mark class="sentence">([^<]+)</mark>', page, re.S)
    assert first[1] == "e-017"
    with pool.app_context():
        expert = queries.expert(db.session, "e-017")
        assert first[2] in expert.specialities + expert.courses
    assert "× (1 − 0.25 × 当年已排场次 ÷ 年度上限)" in page and "没有列出：" in page and "当天空闲 09:00–11:30" in page
    with pool.app_context():
        live_index().use(None)
    assert "这次只按字词匹配" in client.get("/experts/match?matter=m-0101&date=2027-03-09").text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("date=2027-03-09", "请给出一个主题"),
        ("text=燃气&matter=m-0101&date=2027-03-09", "请给出一个主题"),
        ("text=燃气&date=", "请填写日期"),
        ("text=燃气&date=2027-03-09&starts=10:00", "时间要写开始和结束"),
        ("text=燃气&date=2027-03-09&starts=11:00&ends=10:00", "开始早于结束"),
        ("matter=m-9999&date=2027-03-09", "没有编号为 m-9999 的执法事项"),
        ("text=！！&date=2027-03-09", "至少一个词"),
        ("unit=330781&date=2027-03-09", "还看不出薄弱的条款"),
        ("unit=999&date=2027-03-09", "请从列表中选择"),
        ("text=" + "长" * 201 + "&date=2027-03-09", "最多 200 个字"),
        ("text=燃气&date=2027-03-13", "这时没有能来的师资"),
    ],
)
def test_what_cannot_be_matched_is_told(pool, auth, client, query, told):
    auth.be(Role.TRAINER)
    page = client.get(f"/experts/match?{query}")
    assert page.status_code == 200 and told in page.text


def test_the_calendar_shows_a_month_of_all_or_of_one(pool, auth, client):
    auth.be(Role.TRAINER)
    december = client.get("/experts/calendar?month=2026-12").text
    assert "2026年12月" in december and "黑气案件" in december and "month=2027-01" in december
    assert "沈清渠" not in re.search(r"<tbody>.*</tbody>", client.get("/experts/calendar?expert=e-017").text, re.S)[0]
    assert "这个月没有安排" in client.get("/experts/calendar?month=2031-01").text
    assert "2026年11月" in client.get("/experts/calendar?month=2026-13").text
    assert client.get("/experts/calendar?expert=e-999").status_code == 404
