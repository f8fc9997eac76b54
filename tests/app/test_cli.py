"""The commands as a script uses them: one JSON document, exit status 0 only when all is well."""

import json
from pathlib import Path

import pytest

from fakes import write_corpus

OFFICIAL = """# 城镇燃气管理条例

（2010年11月19日国务院令第583号公布　根据2016年2月6日《国务院关于修改部分行政法规的决定》修订）

第一条 为了加强城镇燃气管理，制定本条例。
第二条 燃气用户有下列行为之一的，责令限期改正；逾期不改正的，对单位可以处{fine}以下罚款，对个人可以处1000元以下罚款：
（一）擅自操作公用燃气阀门的；
（二）在不具备安全条件的场所使用、储存燃气的。
盗用燃气的，依照有关治安管理处罚的法律规定进行处罚。
"""


@pytest.fixture
def flask(apps, tmp_path):
    """Run a command on the small corpus; its exit status and JSON."""
    root = write_corpus(tmp_path / "corpus")
    app = apps(CORPUS_DIR=str(root))

    def run(*words: str):
        result = app.test_cli_runner().invoke(args=[*words, "--json"])
        return result.exit_code, json.loads(result.output)

    run.root = root
    return run


def test_check_counts_what_it_looked_up(flask):
    status, document = flask("corpus", "check")
    assert status == 0 and document["problems"] == []
    facts = document["facts"]
    assert facts["citations"] == facts["resolved"] > 0 and facts["figures"] == facts["found"] > 0
    assert document["counts"]["kinds"]["guide"] == 1


def test_a_matter_without_guide_is_a_gap_that_check_tells(flask):
    guide = flask.root / "guides/01-gas.md"
    guide.unlink()
    status, document = flask("corpus", "check")
    assert status == 1
    assert [p["message"] for p in document["problems"]] == ["事项 m-0101 还没有指引"]


@pytest.mark.parametrize(("fine", "wrong"), [("10万元", set()), ("20万元", {"数字“十万元”"})])
def test_check_against_official_texts_believes_the_law(flask, tmp_path, fine, wrong):
    laws = tmp_path / "laws/行政法规"
    laws.mkdir(parents=True)
    (laws / "城镇燃气管理条例(2016-02-06).md").write_text(OFFICIAL.format(fine=fine), encoding="utf-8")
    law = flask.root / "regulations/national/ranqi-tiaoli.md"
    for file in (law, *Path(flask.root).rglob("*.yaml"), *Path(flask.root).rglob("*.md")):
        file.write_text(file.read_text(encoding="utf-8").replace("第四十九条", "第二条"), encoding="utf-8")
    status, document = flask("corpus", "check", "--laws", str(tmp_path / "laws"))
    told = "".join(p["message"] for p in document["problems"])
    assert (status == 0) == (not wrong) and all(words in told for words in wrong)
    assert document["digests"]["citations"] == document["digests"]["resolved"] == 1
    assert (document["digests"]["figures"] == document["digests"]["found"]) == (not wrong)


def test_evaluate_compares_routes_part_by_part(indexed, tmp_path):
    for name, rows in {
        "queries": "query-id\ttext\nq1\t煤气罐放在地下室\nq2\t气瓶放哪里\n",
        "qrels": "query-id\tcorpus-id\tscore\nq1\tm-0101\t2\nq1\tranqi-tiaoli#art-49\t1\nq2\tguide-01\t1\n",
        "split": "query-id\tpart\nq1\tdev\nq2\ttest\n",
    }.items():
        (tmp_path / f"{name}.tsv").write_text(rows, encoding="utf-8")
    words = ["index", "evaluate", *(str(tmp_path / f"{name}.tsv") for name in ("queries", "qrels"))]
    result = indexed.test_cli_runner().invoke(args=[*words, "--split", str(tmp_path / "split.tsv"), "--json"])
    figures = json.loads(result.output)
    assert result.exit_code == 0 and set(figures) == {"dev", "test"}
    assert set(figures["dev"]) == {"fused", "keywords", "vectors"}
    assert figures["dev"]["fused"]["queries"] == 1 and figures["dev"]["fused"]["hit_at_3"] == 1.0
