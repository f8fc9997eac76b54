"""Pages of search, library and explainers: what they show, and what they say when something is wrong."""

import re
import shutil
from html import unescape
from urllib.parse import unquote

import pytest

from app.access import Role
from app.index import live_index
from fakes import FakeEncoder
from indexer.generation import Generations

pytestmark = pytest.mark.usefixtures("indexed")


def text(client, path, status=200):
    response = client.get(path)
    assert response.status_code == status, response.status_code
    return response.get_data(as_text=True)


def test_a_visitor_finds_the_matter_with_its_range_and_the_explainer(client):
    page = text(client, "/search?q=煤气罐放在地下室能罚吗")
    assert "在不安全的地方放气瓶" in page and "十万元以下罚款" in page
    assert "/explainers/case-0101" in page and "/guides/" not in page


def test_an_officer_finds_the_guide_step_and_the_case(client, auth):
    auth.be(Role.OFFICER)
    page = text(client, "/search?q=煤气罐放在地下室能罚吗")
    assert "/guides/guide-01#" in page and "/cases/case-0101#" in page
    assert '<mark class="sentence">' in page or '<mark class="word">' in page


def test_a_citation_opens_on_its_article(client):
    link = re.search(r'href="(/search/go[^"]+art-49[^"]*)"', text(client, "/search?q=燃气条例49条"))
    assert client.get(unescape(link[1])).location == "/regulations/ranqi-tiaoli#art-49"


def test_tabs_show_counts_and_filters_keep_the_question(client):
    page = text(client, "/search?q=煤气罐&kind=regulation&field=城镇燃气")
    assert "全部（" in page and "法规（" in page and "q=%E7%85%A4%E6%B0%94%E7%BD%90" in page


def test_an_empty_question_says_how_to_ask(client):
    assert "想查什么，就怎么说" in text(client, "/search")


def test_no_result_says_what_to_try(client):
    with_nothing = text(client, "/search?q=zzzz&field=养犬")
    assert "没有找到与“zzzz”相符的内容" in with_nothing and "查全部领域" in with_nothing


def test_a_question_of_ten_thousand_characters_is_refused_plainly(client):
    page = text(client, "/search?q=" + "煤" * 10_000, 400)
    assert "检索词太长" in page and "10000" in page


def test_what_was_asked_is_shown_escaped(client):
    page = text(client, "/search?q=<script>alert(1)</script>")
    assert "<script>alert" not in page


def test_while_the_model_is_loading_search_goes_by_words_and_says_so(client, app):
    with app.app_context():
        live_index().use(None)
    assert "暂时只按字词查找" in text(client, "/search?q=煤气罐")


def test_the_matter_hub_shows_officers_more_than_the_public(client, auth):
    public = text(client, "/matters/m-0101")
    assert "十万元以下罚款" in public and "第四十九条" in public and "限期内改好" in public
    assert "当场搬走" not in public and "有爆炸危险时移送公安" not in public
    auth.be(Role.OFFICER)
    officer = text(client, "/matters/m-0101")
    assert "当场搬走" in officer and "有爆炸危险时移送公安" in officer and "/guides/guide-01" in officer


def test_a_guide_has_contents_and_the_table_of_its_matters(client, auth):
    auth.be(Role.OFFICER)
    page = text(client, "/guides/guide-01")
    assert 'href="#s-办案步骤"' in page and 'id="s-办案步骤"' in page
    assert page.index('id="s-法律依据"') < page.index("data-table") < page.index('id="s-构成要件与证据清单"')


def test_a_regulation_has_an_anchor_for_each_item_and_says_it_is_a_digest(client):
    page = text(client, "/regulations/ranqi-tiaoli")
    assert 'id="art-49-p1-i2"' in page and "这是摘要，不是官方文本" in page
    assert "谁用到这一条" in page and "guide-01" not in page


def test_a_case_is_for_officers_and_its_explainer_for_all(client, auth):
    assert client.get("/cases/case-0101").status_code == 302
    page = text(client, "/explainers/case-0101")
    assert "煤气罐为什么不能放地下室" in page and "案情" not in page and "示例" in page
    text(client, "/explainers/case-0102", 404)
    auth.be(Role.OFFICER)
    assert "地下室算不算不安全" in text(client, "/cases/case-0101")


@pytest.mark.parametrize(
    "path",
    [
        "/guides/x",
        "/matters/m-9999",
        "/regulations/x",
        "/explainers/x",
        "/regulations/ranqi-tiaoli?version=1999-01-01",
        "/nope",
    ],
)
def test_what_is_not_there_answers_404_in_plain_words(client, auth, path):
    auth.be(Role.OFFICER)
    assert "没有找到这一页" in text(client, path, 404)


def test_explainers_of_a_field_that_has_none_say_so(client):
    assert "还没有公开的案例" in text(client, "/explainers?field=养犬")


def test_an_error_shows_a_number_and_no_trace(client, app):
    def broken():
        raise RuntimeError("secret detail")

    broken._access_roles = None
    app.add_url_rule("/broken", "broken", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = text(client, "/broken", 500)
    assert "编号：" in page and "secret detail" not in page and "Traceback" not in page


def test_a_running_site_takes_up_a_new_generation(client, app):
    before = text(client, "/regulations/ranqi-tiaoli")
    root = app.config["INDEX_DIR"]
    old = Generations(root).current()
    shutil.copytree(old, root / "20300101T000000-00000000")
    Generations(root).point_to("20300101T000000-00000000")
    assert text(client, "/regulations/ranqi-tiaoli") == before
    with app.app_context():
        assert live_index().current().name == "20300101T000000-00000000"


def test_a_damaged_new_generation_is_refused_and_the_old_goes_on(client, app):
    text(client, "/search?q=煤气罐")
    root = app.config["INDEX_DIR"]
    old = Generations(root).current().name
    bad = root / "20300101T000000-00000000"
    shutil.copytree(root / old, bad)
    Generations(root).point_to(bad.name)
    (bad / "public/vectors.faiss").write_bytes(b"x")
    assert "在不安全的地方放气瓶" in text(client, "/search?q=煤气罐")
    with app.app_context():
        assert live_index().current().name == old


def test_without_an_index_the_page_says_so_and_signing_in_still_works(client, app):
    shutil.rmtree(app.config["INDEX_DIR"])
    with app.app_context():
        live_index()._index = None
    assert "检索暂时不能用" in text(client, "/search?q=煤气罐", 503)
    assert client.get("/sign-in").status_code == 200


def test_security_headers_are_strict(client):
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"


def test_what_a_signed_in_person_sees_is_not_kept(client, auth):
    assert "no-store" not in client.get("/").headers.get("Cache-Control", "")
    auth.be(Role.OFFICER)
    response = client.get("/")
    assert response.headers["Cache-Control"] == "no-store" and "Cookie" in response.headers["Vary"]


def test_search_in_the_page_equals_search_in_the_index(client, app):
    from corpus.document import Audience
    from indexer.query import SearchQuery

    with app.app_context():
        index = live_index().current()
        query = SearchQuery.parse("煤气罐放在地下室")
        found = index.search(query, FakeEncoder().encode_queries([query.text]), audience=Audience.PUBLIC)
    page = unquote(text(client, "/search?q=煤气罐放在地下室"))
    places = [page.index(f"to={r.url}&amp;") for r in found.results]
    assert places == sorted(places) and f"全部（{found.total}）" in page
