"""Nothing internal reaches the public: canaries in every officer-only text, and a twin site without those texts."""

import datetime as dt
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from app import create_app
from app.accounts.models import Level, Unit, User
from app.db import alembic, writing
from app.index import live_index
from app.search.models import PinnedAnswer
from config import ROOT, Config
from corpus.check import check_corpus
from corpus.reader import read_corpus
from fakes import FakeEncoder
from indexer.build import build_index

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
OFFICER_KEYS = ("discretion", "discretion_basis", "crime", "elements", "evidence", "pitfalls")
OUTLINE = "".join(f"## {part}\n略。\n" for part in ("案情", "证据", "争点", "依据", "裁量", "启示"))
OFFICER_PART = re.compile(r"# 执法要点\n.*?(?=^# 以案释法$)", re.DOTALL | re.MULTILINE)


def copy_corpus(target: Path) -> Path:
    shutil.copytree(ROOT / "corpus", target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    hidden = target / "cases/0101-hidden.md"
    first = next((target / "cases").glob("0101-*.md"))
    shutil.copy(first, hidden)
    change(hidden, ("id: case-0101", "id: case-0199"), ("public: true", "public: false"))
    return target


def change(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


class Canaries:
    """Words that stand nowhere else, each used once."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def next(self) -> str:
        self.words.append(f"暗号{len(self.words):04d}雀")
        return self.words[-1]

    def into_lines(self, text: str) -> str:
        """One canary at the end of each paragraph line of some Markdown."""
        return re.sub(r"(?m)^(?![#|\-\s])(.+)$", lambda m: m[1] + self.next(), text)


def plant(root: Path) -> list[str]:
    canaries = Canaries()
    for file in (root / "guides").glob("*.md"):
        _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
        front = re.sub(r"(?m)^(title|summary): (.+)$", lambda m: f"{m[1]}: {m[2]}{canaries.next()}", front)
        file.write_text(f"---\n{front}---\n{canaries.into_lines(body)}", encoding="utf-8")
    for file in (root / "cases").glob("*.md"):
        text = OFFICER_PART.sub(lambda m: canaries.into_lines(m[0]), file.read_text(encoding="utf-8"))
        text = re.sub(r"(?m)^(title): (.+)$", lambda m: f"{m[1]}: {m[2]}{canaries.next()}", text)
        if "public: false" in text:
            text = re.sub(r"(?m)^(headline): (.+)$", lambda m: f"{m[1]}: {m[2]}{canaries.next()}", text)
        file.write_text(text, encoding="utf-8")
    for file in (root / "matters").glob("*.yaml"):
        record = yaml.safe_load(file.read_text(encoding="utf-8"))
        for matter in record["matters"]:
            for key in ("elements", "evidence", "pitfalls"):
                matter[key] = [words + canaries.next() for words in matter.get(key, [])]
            for row in matter.get("discretion", []):
                row["circumstance"] += canaries.next()
            matter["boundary"]["hand_over_when"] = canaries.next()
        file.write_text(yaml.safe_dump(record, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return canaries.words


def strip(root: Path) -> None:
    """Leave the public texts alone."""
    shutil.rmtree(root / "guides")
    for file in (root / "cases").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        if "public: false" in text:
            file.unlink()
            continue
        text = OFFICER_PART.sub(f"# 执法要点\n{OUTLINE}", text)
        file.write_text(re.sub(r"(?m)^title: .+$", "title: 略略略略", text), encoding="utf-8")
    for file in (root / "matters").glob("*.yaml"):
        record = yaml.safe_load(file.read_text(encoding="utf-8"))
        for matter in record["matters"]:
            for key in OFFICER_KEYS:
                matter.pop(key, None)
            matter["boundary"].pop("hand_over_when", None)
        file.write_text(yaml.safe_dump(record, allow_unicode=True, sort_keys=False), encoding="utf-8")


def site(corpus_dir: Path, instance: Path):
    corpus = read_corpus(corpus_dir)
    assert check_corpus(corpus).problems == ()
    build_index(corpus, FakeEncoder(), instance / "index", now=NOW)
    app = create_app(
        Config({"INSTANCE_DIR": str(instance), "CORPUS_DIR": str(corpus_dir), "HTTPS": "0", "SECRET_KEY": "k"})
    )
    with app.app_context():
        alembic.upgrade()
        live_index().use(FakeEncoder())
        with writing() as session:
            pin_everything(session)
    return app


def pin_everything(session) -> None:
    """A public pin, an officers' pin, and one of officers' documents that a row wrongly calls public."""
    unit = Unit(code="330700", name="金华市", level=Level.CITY.value)
    editor = User(
        username="editor", name="编辑", role="editor", unit=unit, password_hash="", must_change_password=False,
        created_at=NOW, password_changed_at=NOW,
    )  # fmt: skip
    session.add_all([unit, editor])
    session.flush()
    for place, who in (("m-0101", "public"), ("guide-01", "public"), ("case-0199", "public"), ("m-0102", "officer")):
        values = {
            "patterns": "燃气\n煤气罐",
            "place": place,
            "audience": who,
            "note": "",
            "ends_on": dt.date(2999, 1, 1),
        }
        session.add(PinnedAnswer(owner_id=editor.id, updated_at=NOW, **values))


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leaks")
    full = copy_corpus(folder / "full")
    words = plant(full)
    bare = copy_corpus(folder / "bare")
    strip(bare)
    return site(full, folder / "a"), site(bare, folder / "b"), words


def masked(client, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
    with client.get(path) as response:
        body = response.get_data()
    headers = [(k, v) for k, v in response.headers if k not in ("Date", "Set-Cookie")]
    body = re.sub(rb'name="csrf_token"[^>]*value="[^"]+"', b"csrf", body)
    body = re.sub(rb"\b(trace|t|sig)=[\w-]{16,32}", b"once", body)  # drawn anew for every search
    return response.status_code, headers, body


def is_worth_a_visit(link: str) -> bool:
    """Not another site, not the detour that notes a click, not every pair of filters."""
    return not urlsplit(link).scheme and "/search/go" not in link and not ("level=" in link and "field=" in link)


def crawl(client, start: list[str]) -> dict[str, bytes]:
    seen: dict[str, bytes] = {}
    queue = list(start)
    while queue:
        path = queue.pop()
        assert len(seen) < 20_000, path
        if path in seen:
            continue
        with client.get(path) as response:
            page, is_html = response.get_data(), response.mimetype == "text/html"
        seen[path] = page + repr(sorted(response.headers)).encode()
        if is_html:
            found = re.findall(r'(?:href|src|action)="([^"#]+)', page.decode())
            queue += [link.replace("&amp;", "&") for link in found if is_worth_a_visit(link)]
    return seen


DIRECT = [
    "/guides", "/guides/guide-01", "/guides/guide-99", "/cases", "/cases/case-0101", "/cases/case-0199",
    "/explainers/case-0199", "/explainers/case-9999", "/matters/m-0101", "/matters/m-9999", "/admin/users", "/account",
    "/search?q=" + "煤" * 300, "/search?q=x&kind=secret", "/search?kind=guide&q=煤气罐", "/search?q=煤气罐&field=暗号",
    "/regulations/xingzheng-chufa-fa?version=1999-01-01", "/static/../config.py", "/nope",
    "/similar/guide/guide-01", "/similar/case/case-0199", "/similar/case/case-0101?anchor=s-执法要点-案情", "/similar/matter/m-0101",
    "/similar/matter/m-0101?anchor=proof", "/similar/secret/x", "/search/saved", "/search/go?to=/guides/guide-01", "/search/help",
    "/review/gaps", "/review/pins", "/search?q=煤气罐&why=1",
]  # fmt: skip


def test_no_canary_in_anything_a_visitor_can_reach(sites):
    full, _, words = sites
    assert len(words) >= 200 and len(set(words)) == len(words)
    questions = [word for word in words[:: max(1, len(words) // 60)]] + ["暗号", "雀", "执法指引", "办案步骤", "易错点"]
    start = ["/", *DIRECT, *(f"/search?q={q}" for q in questions), *(f"/search?q={q}&kind=guide" for q in questions)]
    start += [f"/suggest?q={typed}" for typed in (*questions, *TYPED)]
    pages = crawl(full.test_client(), start)
    assert len(pages) > 200
    # the visitor's own question comes back in the search box; nothing else may carry a canary
    leaks = {
        path: word
        for path, page in pages.items()
        for word in re.findall("暗号[0-9]{4}雀", page.decode("utf-8", "replace"))
        if word not in path and word not in unquote(path)
    }
    assert leaks == {}


def test_officers_do_find_what_the_public_does_not(sites):
    """The check above is not blind: the canaries are in the officers' index."""
    from corpus.document import Audience
    from indexer.query import SearchQuery

    full, _, words = sites
    with full.app_context():
        index = live_index().current()
        found = index.search(SearchQuery.parse(words[3]), None, audience=Audience.OFFICER)
    assert words[3] in repr([(result.document, result.hits) for result in found.results])


QUESTIONS = [
    "煤气罐放在地下室能罚吗", "饭店的液化气瓶没人管", "偷接电线用电", "高压线下面盖房子", "自己山上的树想砍就砍", "周末在居民楼里偷偷补课",
    "遛狗不拴绳咬了人", "沿街店铺把东西摆到人行道上", "渣土车一路漏泥", "第一次违法能不能不罚", "燃气条例46条", "行政处罚法33条", "听证",
    "罚款", "执法", "指引", "证据", "裁量", "办案", "复查", "移送公安", "事项", "案例", "暗号", "雀", "zzzz", "12345", "狗", "树", "电",
]  # fmt: skip


TYPED = [
    "r",
    "rq",
    "ranqi",
    "rqtl",
    "燃气",
    "煤",
    "zf",
    "zfzy",
    "zhiyin",
    "执法",
    "案",
    "anhao",
    "ah",
    "que",
    "m",
    "bsbz",
    "gou",
    "zz",
]
SLIPS = [
    "然气",
    "ranqi",
    "anhao",
    "办案步皱",
    "banan buzhou",
    "zhifa zhiyin",
    "执法指音",
    "城镇燃汽管理条例",
    "执法职引",
]


def test_a_site_built_from_public_texts_alone_answers_the_same_byte_for_byte(sites):
    full, bare, _ = sites
    paths = [f"/search?q={q}" for q in QUESTIONS]
    paths += [f"/search?q={q}&kind={k}" for q in QUESTIONS[:12] for k in ("matter", "regulation", "case", "guide")]
    paths += [f"/search?q={q}&field={f}" for q in QUESTIONS[:8] for f in ("城镇燃气", "养犬管理", "没有的领域")]
    paths += [f"/suggest?q={typed}" for typed in (*TYPED, *QUESTIONS)] + [f"/search?q={q}" for q in SLIPS]
    paths += [f"/search?q={q}&level={level}" for q in QUESTIONS[:8] for level in ("法律", "省条例")]
    assert len(paths) >= 150
    pages = sorted(crawl(bare.test_client(), ["/"]))
    one, two = full.test_client(), bare.test_client()
    different = [path for path in (*paths, *pages, *DIRECT) if masked(one, path) != masked(two, path)]
    assert different == []


def test_the_public_pin_shows_to_the_public_and_the_others_do_not(sites):
    full, _, _ = sites
    page = full.test_client().get("/search?q=煤气罐放在地下室").text
    assert page.count("人工置顶") == 1 and 'href="/matters/m-0101"' in page


def test_spelling_and_suggestions_of_officers_know_the_officers_words(sites):
    """The comparison above is not blind: the same questions differ for officers."""
    from app.search.aids import aids
    from corpus.document import Audience

    full, _, words = sites
    with full.app_context():
        officer, public = aids(Audience.OFFICER), aids(Audience.PUBLIC)
    assert any(words[0][:2] in s.text for s in officer.suggester.suggest("zfzy")) and not public.suggester.suggest(
        "zfzy"
    )
    assert officer.speller.correct("办案步皱") == "办案步骤" and public.speller.correct("办案步皱") is None
