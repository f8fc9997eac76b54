"""`flask experts match|evaluate`: who fits a topic on a day, and how well the match does on judged topics."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.clock import LOCAL
from app.console import as_json, fail, say, told
from app.db import db
from app.experts import queries
from app.experts.availability import Times, Wanted
from app.experts.evaluate import CUT, evaluate, read_topics
from app.experts.match import Offer, Tools, candidates, offer
from app.experts.models import KIND_NAMES, Kind
from app.experts.profile import read_date
from app.experts.ranking import RATING_RULE, SPREAD_RULE, Match
from app.experts.topics import BY, find_topic
from app.index import live_index
from indexer.evaluate import read_qrels
from indexer.models import ModelError

experts_cli = AppGroup("experts", help="师资：按主题和日期匹配，测量匹配的好坏。")
BY_WORDS = "检索模型还没有准备好，这次只按字词匹配"


def _tools() -> Tools:
    live = live_index()
    with suppress(ModelError):
        live.get_encoder()
    return Tools.of(live)


@experts_cli.command("match", help="某一天能来讲某个主题的师资，最合适的在前，附理由。")
@click.option("--matter", default="", help="执法事项编号，如 m-0104")
@click.option("--field", default="", help="领域，如 城镇燃气")
@click.option("--guide", default="", help="执法指引编号，如 guide-01")
@click.option("--text", default="", help="想讲的内容，用平常的话写")
@click.option("--unit", default="", help="单位编码：讲这个单位答得最差的条款")
@click.option("--date", "day", required=True, help="上课日期，如 2027-03-12")
@click.option("--from", "starts", type=click.DateTime(["%H:%M"]), help="开始时间，如 09:00")
@click.option("--until", "ends", type=click.DateTime(["%H:%M"]), help="结束时间，如 11:30")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="只要这一类师资")
@click.option("-n", "limit", type=click.IntRange(1, 10), default=10, show_default=True, help="最多列几位")
@as_json
@told
def match(limit: int, as_json: bool, **asked: Any) -> None:
    about = [(name, asked[name]) for name in BY if asked[name]]
    if len(about) != 1:
        fail("请给出一个主题：--matter、--field、--guide、--text、--unit 中的一个。", as_json)
    hours = (asked[name].time() if asked[name] else None for name in ("starts", "ends"))
    wanted = Wanted(read_date(asked["day"]), *hours)
    tools = _tools()
    topic = find_topic(db.session, live_index(), *about[0])
    found = offer(db.session, topic, wanted, tools, kind=Kind(asked["kind"]) if asked["kind"] else None)
    if as_json:
        say(_offer_json(found, wanted, limit))
    else:
        _print(found, limit)


def _offer_json(found: Offer, wanted: Wanted, limit: int) -> dict[str, Any]:
    return {
        "topic": found.topic.title,
        "date": str(wanted.day),
        "is_semantic": found.is_semantic,
        "rules": [SPREAD_RULE, RATING_RULE],
        "experts": [_match_json(found, match) for match in found.best[:limit]],
        "left_out": {str(why): count for why, count in found.ranking.reasons.items()},
        "other_days": [str(day) for day in found.other_days],
    }


def _match_json(found: Offer, match: Match) -> dict[str, Any]:
    key = match.candidate.key
    expert = found.experts[key]
    return {
        "key": key,
        "name": expert.name,
        "kind": expert.kind,
        "organisation": expert.organisation,
        "fields": list(expert.fields),
        "score": match.score,
        "fit": match.fit,
        "reason": match.reason,
        "load": match.load,
        "yearly_cap": expert.yearly_cap,
        "rating": match.candidate.rating,
        "free": [told_hours(times) for times in found.free[key]],
    }


def told_hours(times: Times) -> str:
    """09:00-11:30, in Jinhua."""
    starts, ends = (instant.astimezone(LOCAL) for instant in times)
    return f"{starts:%H:%M}-{ends:%H:%M}"


def _print(found: Offer, limit: int) -> None:
    click.echo(f"主题：{found.topic.title}")
    if not found.is_semantic:
        click.echo(BY_WORDS)
    for match in found.best[:limit]:
        expert = found.experts[match.candidate.key]
        load = f"今年 {match.load}/{expert.yearly_cap} 场"
        hours = "、".join(map(told_hours, found.free[expert.key]))
        click.echo(f"{match.score:.3f} {expert.key} {expert.name} {KIND_NAMES[Kind(expert.kind)]} {load} 空闲 {hours}")
        click.echo(f"      理由：{match.reason}")
    if not found.best:
        click.echo("能讲这个主题的人这时都来不了")
    for why, count in found.ranking.reasons.items():
        click.echo(f"没有列出 {count} 位：{why}")
    if found.other_days:
        click.echo(f"还有合适的人在这些日子能来：{'、'.join(map(str, found.other_days))}")


@experts_cli.command("evaluate", help="在评过的主题上测匹配：nDCG@3，和只按字词、只按意思相比。")
@click.argument("topics", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("qrels", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--split", type=click.Choice(["dev", "test"]), help="只测这一部分")
@as_json
@told
def evaluate_match(topics: Path, qrels: Path, split: str | None, as_json: bool) -> None:
    live_index().get_encoder()
    judged = read_qrels(qrels)
    asked = [topic for topic in read_topics(topics) if (split is None or topic.split == split) and topic.id in judged]
    pool = candidates(db.session, queries.experts(db.session))
    scores = evaluate(db.session, asked, judged, pool, Tools.of(live_index()))
    if as_json:
        say({"topics": len(asked), "split": split or "all", "experts": len(pool), f"ndcg_at_{CUT}": scores})
        return
    click.echo(f"{len(asked)} 个主题，{len(pool)} 位师资，nDCG@{CUT}：")
    for way, name in (("match", "匹配"), ("keywords", "只按字词"), ("vectors", "只按意思")):
        click.echo(f"  {name} {scores[way]:.3f}")
