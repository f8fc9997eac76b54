import pytest

from corpus.check import check_corpus
from corpus.reader import MAX_BYTES, read_corpus
from fakes import write_corpus


@pytest.fixture
def root(tmp_path):
    return write_corpus(tmp_path)


def faults(root):
    return [str(problem) for problem in check_corpus(read_corpus(root)).problems]


def change(root, path, old, new):
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_small_corpus_has_no_fault(root):
    assert faults(root) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("guides/01-gas.md", "field: 城镇燃气", "feild: 城镇燃气", "guides/01-gas.md:4: 不认识的键“feild”"),
        ("guides/01-gas.md", "title: 城镇燃气执法指引\n", "", "guides/01-gas.md:2: 缺少“title”"),
        ("guides/01-gas.md", "2026-11-20", "2026-13-45", "guides/01-gas.md:9: 没有 2026-13-45 这一天"),
        ("guides/01-gas.md", "audience: officer", "audience: all", "guides/01-gas.md:7: “audience”只能是 'officer'"),
        ("guides/01-gas.md", "matters: [m-0101]", "matters: [m-0909]", "没有事项 m-0909"),
        ("guides/01-gas.md", "---\nid", "id", "guides/01-gas.md:1: 文件要以两行 --- 之间的 front matter 开头"),
        ("guides/01-gas.md", "title: 城", "title: [城", "guides/01-gas.md:4: YAML 写法有误"),
        ("guides/01-gas.md", "## 易错点", "## 随便写写", "不该有“随便写写”这一部分"),
        ("guides/01-gas.md", "## 易错点", "#### 易错点", "标题“易错点”的层级不对"),
        ("guides/01-gas.md", "第四十九条第一款", "第四十九条第三款", "guides/01-gas.md:29: 引用“《城镇燃气管理条例》第四十九条第三款”：这一条没有这一款"),
        ("cases/0101-a.md", "第四十九条第一款第二项", "第四十九条第一款第九项", "这一条没有这一款或者这一项"),
        ("cases/0101-a.md", "第四十九条第一款第二项", "第五十条", "cases/0101-a.md:21: 引用“《城镇燃气管理条例》第五十条”：法规里没有这一条"),
        ("cases/0101-a.md", "《行政处罚法》", "《没有的法》", "引用“《没有的法》第三十二条第一项”：没有这部法规"),
        ("cases/0101-a.md", "2023-05-18", "2015-05-18", "作出决定的 2015-05-18 这部法规（文库所收版本）没有施行"),
        ("cases/0101-a.md", "amount: 3000", "amount: 300000", "罚款 300000 元不在事项 m-0101 的幅度之内"),
        ("cases/0101-a.md", "amount: 3000", "amount: 三千", "cases/0101-a.md:7: “decision.amount”应当是数字"),
        ("cases/0101-a.md", "published_on: 2026-11-20\n", "", "公开的案例要写 published_on"),
        ("cases/0101-a.md", "tags: [首案]", "tags: [头条]", "“tags.0”只能是"),
        ("cases/0102-b.md", "case-0102", "case-0101", "编号“case-0101”已经用在 cases/0101-a.md"),
        ("matters/01-gas.yaml", "key: m-0101", "key: m-0101\n  key: m-0102", "matters/01-gas.yaml:6: 键“key”重复出现"),
        ("matters/01-gas.yaml", "min: 0,", "min: 200000,", "m-0101 的幅度下限大于上限"),
        ("matters/01-gas.yaml", "levels: [县", "levels: [省", "matters/01-gas.yaml:3: “levels.0”只能是"),
        ("matters/01-gas.yaml", "[《城镇燃气管理条例》第四十九条第一款]", "[燃气条例]", "“燃气条例”不是引用"),
        ("regulations/national/ranqi-tiaoli.md", "text: digest", "text: full", "“text”只能是"),
        ("regulations/national/ranqi-tiaoli.md", "第四十九条【用户违规】", "", "这一行不在任何一条之内"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_place(root, path, old, new, expected):
    change(root, path, old, new)
    assert any(expected in fault for fault in faults(root)), faults(root)


def test_yaml_aliases_are_refused_at_once(root):
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    (root / "matters/bomb.yaml").write_text(bomb, encoding="utf-8")
    assert "matters/bomb.yaml:1: 不允许使用 YAML 锚点和别名（& 与 *）" in faults(root)


def test_a_file_over_the_limit_is_refused_without_being_read(root):
    with (root / "guides/big.md").open("wb") as stream:
        stream.truncate(50_000_000)
    assert f"guides/big.md:0: 文件有 50.0 MB，超过 {MAX_BYTES / 1e6:.0f} MB 的上限" in faults(root)


def test_marks_that_make_markdown_slow_are_refused(root):
    change(root, "guides/01-gas.md", "这一部分说裁量。", "[" * 2000)
    assert any("[ < ! 符号超过" in fault for fault in faults(root))


def test_a_control_character_is_named_with_its_line(root):
    change(root, "guides/01-gas.md", "这一部分说裁量。", "坏\x00字")
    assert any("含有控制字符 U+0000" in fault for fault in faults(root))


def test_bytes_that_are_not_utf8_are_named_with_their_line(root):
    (root / "guides/gbk.md").write_bytes("---\n标题".encode("gbk"))
    assert "guides/gbk.md:2: 不是 UTF-8 编码的文字" in faults(root)


def test_a_byte_order_mark_is_no_fault(root):
    file = root / "guides/01-gas.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert faults(root) == []


def test_a_missing_folder_is_told():
    with pytest.raises(FileNotFoundError, match="文本目录不存在"):
        read_corpus(__import__("pathlib").Path("no-such-folder"))


def test_the_public_gets_only_public_texts(tmp_path):
    public = read_corpus(write_corpus(tmp_path, secret="暗号甲")).for_public()
    assert public.guides == ()
    assert [case.front.id for case in public.cases] == ["case-0101"]
    assert "暗号甲" not in repr((public.cases, public.matters, public.regulations))


def test_two_versions_of_a_regulation_and_the_one_in_force(root):
    import datetime as dt

    old = (root / "regulations/national/ranqi-tiaoli.md").read_text(encoding="utf-8")
    newer = old.replace("2016-02-06", "2030-01-01")
    (root / "regulations/national/ranqi-tiaoli-2030.md").write_text(newer, encoding="utf-8")
    corpus = read_corpus(root)
    assert check_corpus(corpus).problems == ()

    def current(day):
        return {r.front.id: r.front.effective_on.year for r in corpus.current_regulations(day)}["ranqi-tiaoli"]

    assert current(dt.date(2026, 1, 1)) == 2016
    assert current(dt.date(2031, 1, 1)) == 2030


def test_a_saying_leads_to_an_article_that_is_there(root):
    folder = root / "sayings"
    folder.mkdir()
    file = folder / "a.yaml"
    file.write_text("sayings:\n- article: 《行政处罚法》第三十三条\n  said: [头一回能不能不罚]\n", encoding="utf-8")
    assert faults(root) == []
    assert read_corpus(root).sayings[0].said == ("头一回能不能不罚",)
    file.write_text("sayings:\n- article: 《行政处罚法》第九百条\n  said: [随便]\n- said: [没有条]\n", encoding="utf-8")
    assert faults(root) == [
        "sayings/a.yaml:2: 引用“《行政处罚法》第九百条”：法规里没有这一条",
        "sayings/a.yaml:4: 缺少“article”",
    ]
