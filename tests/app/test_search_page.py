"""The search page: what stands around the results, and links that cannot be bent."""

import re
from html import unescape

import pytest
import sqlalchemy as sa

from app.access import Role
from app.db import db
from app.search.models import SearchTrace
from app.search.traces import traces

pytestmark = pytest.mark.usefixtures("indexed")
ASKED = "/search?q=煤气罐放在地下室能罚吗"


def page(client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.status_code
    return response.text


def links(text: str, start: str) -> list[str]:
    return [unescape(link) for link in re.findall(rf'href="({re.escape(start)}[^"]*)"', text)]


def kept(app) -> list[SearchTrace]:
    with app.app_context():
        traces().drain()
        return list(db.session.scalars(sa.select(SearchTrace).order_by(SearchTrace.at)))


def test_levels_are_links_with_counts_and_a_chosen_one_is_a_chip_to_remove(client):
    text = page(client, "/search?q=责令限期改正不罚&kind=regulation")
    assert "按法规级别看" in text and "法律</a>（1）" in text and "行政法规</a>（1）" in text
    narrowed = page(client, "/search?q=责令限期改正不罚&kind=regulation&level=法律&field=城镇燃气")
    assert "级别：法律" in narrowed and "领域：城镇燃气" in narrowed and "类别：法规" in narrowed
    assert "行政处罚法" in narrowed or "没有找到" in narrowed
    without_level = next(link for link in links(narrowed, "/search?") if "level" not in link and "field" in link)
    assert "q=" in without_level


def test_a_level_leaves_only_its_regulations(client):
    text = page(client, "/search?q=责令限期改正不罚&level=行政法规")
    assert "1 项" in text and "城镇燃气管理条例" in text and "行政处罚法</a>" not in text


@pytest.mark.parametrize("bad", ["level=secret", "kind=secret"])
def test_a_filter_that_is_not_there_is_refused_plainly(client, bad):
    assert "请从" in page(client, f"/search?q=煤气罐&{bad}", 400)


@pytest.mark.parametrize("number", ["2", "999", "-1", "0", "x", "１", "9" * 50])
def test_any_page_number_is_answered(client, number):
    assert client.get(f"{ASKED}&page={number}").status_code == 200


def test_a_hit_says_law_chapter_and_article_and_marks_sentence_and_words_apart(client):
    text = page(client, "/search?q=燃气用户乱动阀门")
    assert "《城镇燃气管理条例》 › 第六章 法律责任 › 第四十九条" in text
    assert '<mark class="sentence">' in text and '<mark class="word">' in text and "最贴近问题的一句" in text


def test_a_wrong_character_is_asked_about_and_never_replaced(client):
    text = page(client, "/search?q=然气用户")
    assert "您要找的是不是" in text and "燃气用户</a>" in text and 'value="然气用户"' in text
    assert "您要找的是不是" not in page(client, "/search?q=燃气用户")


def test_suggestions_come_by_letters_pinyin_and_initials(client):
    for typed in ("燃气", "ranqi", "rqtl"):
        found = client.get(f"/suggest?q={typed}").json["suggestions"]
        assert {"text": "燃气条例", "kind": "法规"} in found
    assert client.get("/suggest").json == {"suggestions": []}
    assert client.get("/suggest?q=" + "燃" * 5000).json == {"suggestions": []}


def test_visitors_are_offered_public_texts_alone(client, auth):
    texts = {
        s["text"]
        for typed in ("zf", "指引", "案", "wgk")
        for s in client.get(f"/suggest?q={typed}").json["suggestions"]
    }
    assert not texts & {"城镇燃气执法指引", "未公开案", "不公开的案子"}
    auth.be(Role.OFFICER)
    assert "城镇燃气执法指引" in {s["text"] for s in client.get("/suggest?q=zfzy").json["suggestions"]}


def test_similar_passages_are_linked_and_stay_within_the_audience(client, auth):
    link = links(page(client, "/search?q=燃气条例49条"), "/similar/")[0]
    text = page(client, link)
    assert "相似条文" in text and "/regulations/xingzheng-chufa-fa#art-" in text and "/explainers/case-0101#" in text
    assert "case-0102" not in text and "/cases/" not in text
    assert client.get("/similar/guide/guide-01").status_code == 404
    auth.be(Role.OFFICER)
    assert "/cases/case-0102#" in page(client, link)
    assert client.get("/similar/guide/guide-01?anchor=s-常见情形").status_code == 200


@pytest.mark.parametrize("path", ["/similar/secret/x", "/similar/regulation/x", "/similar/case/ranqi-tiaoli"])
def test_what_is_not_there_has_no_similar_page(client, path):
    assert client.get(path).status_code == 404


def test_opening_a_result_goes_there_and_is_noted_with_its_rank(app, client):
    link = next(link for link in links(page(client, ASKED), "/search/go?") if "art-49" in link)
    response = client.get(link)
    assert response.status_code == 302 and response.location == "/regulations/ranqi-tiaoli#art-49"
    (trace,) = kept(app)
    assert trace.clicked == "ranqi-tiaoli#art-49" and trace.clicked_rank >= 1
    client.get(links(page(client, ASKED), "/search/go?")[0].replace("trace=", "trace=x"))
    assert [t.clicked for t in kept(app)] == ["ranqi-tiaoli#art-49", None]


@pytest.mark.parametrize(
    ("name", "value"),
    [("to", "//evil.example/"), ("to", "https://evil.example/"), ("to", "/admin/users"), ("rank", "9"), ("trace", "x"),
     ("sig", "0" * 32), ("sig", ""), ("sig", "签"), ("to", "/\\evil.example")],
)  # fmt: skip
def test_a_link_that_was_changed_leads_nowhere(client, name, value):
    from urllib.parse import parse_qs, urlencode

    link = links(page(client, ASKED), "/search/go?")[0]
    given = {key: values[0] for key, values in parse_qs(link.split("?")[1]).items()}
    assert client.get("/search/go?" + urlencode(given)).status_code == 302
    assert client.get("/search/go?" + urlencode(given | {name: value})).status_code == 404


def test_no_result_says_what_was_tried_and_lets_officers_note_the_question(client, auth):
    visitor = page(client, "/search?q=zzzz&field=养犬&kind=case")
    assert "查过了：字词、意思" in visitor and "查全部领域和类别" in visitor and "记下这个问题" not in visitor
    auth.be(Role.OFFICER)
    officer = page(client, "/search?q=zzzz")
    assert "记下这个问题" in officer and "同事" in officer and "查全部领域" not in officer


def test_why_is_for_editors_and_admins(client, auth):
    assert client.get(ASKED + "&why=1").status_code == 404
    auth.be(Role.OFFICER)
    assert client.get(ASKED + "&why=1").status_code == 404 and "为什么" not in page(client, ASKED)
    for role in (Role.EDITOR, Role.ADMIN):
        auth.be(role)
        assert "为什么有这些结果" in page(client, ASKED)
        text = page(client, ASKED + "&why=1")
        assert "综合得分" in text and "字词第 1 位" in text and "意思第 1 位" in text


def test_help_tells_officers_more(client, auth):
    assert "怎样检索" in page(client, "/search/help") and "同事问过" not in page(client, "/search/help")
    auth.be(Role.OFFICER)
    assert "有用" in page(client, "/search/help")


def test_further_pages_belong_to_the_same_search(app, client):
    first = page(client, ASKED)
    trace = re.search(r"trace=([\w-]{16})", first)[1]
    assert f"trace={trace}" in page(client, f"{ASKED}&page=2&t={trace}") or "没有更多了" in page(
        client, f"{ASKED}&page=2&t={trace}"
    )
    assert len(kept(app)) == 1
