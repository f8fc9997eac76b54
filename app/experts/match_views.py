"""Finding an expert for a topic, the calendar of bookings, and terms that end. For trainers and administrators."""

import datetime as dt
import re

from flask import render_template, request
from flask_login import current_user
from werkzeug.exceptions import NotFound

from app import clock
from app.db import db
from app.experts import queries
from app.experts.forms import MatchForm
from app.experts.listing import ENDING_WITHIN, month
from app.experts.match import Offer, Tools, offer
from app.experts.models import Kind
from app.experts.ranking import RATING_RULE, SPREAD_RULE
from app.experts.topics import NoTopic, find_topic
from app.experts.views import blueprint, only_internal
from app.index import live_index, store
from corpus.document import Audience
from corpus.document import Kind as Document

AHEAD = dt.timedelta(days=14)
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@blueprint.get("/experts/match")
@only_internal
def match() -> str:
    """Who fits a topic on a day."""
    texts = store(Audience.OFFICER)
    matters = texts.documents(Document.MATTER)
    fields = {field: field for matter in matters for field in matter.fields}
    guides = {guide.id: guide.title for guide in texts.documents(Document.GUIDE)}
    units = {unit.code: unit.name for unit in queries.units(db.session, current_user)}
    form = MatchForm(request.args, clock.today() + AHEAD, {"field": fields, "guide": guides, "unit": units})
    found = _offer(form) if request.args else None
    rules = (SPREAD_RULE, RATING_RULE)
    return render_template("experts/match.html", form=form, found=found, matters=matters, rules=rules)


def _offer(form: MatchForm) -> Offer | None:
    """Who is offered; None, with the form saying why, when it cannot be told for what or when."""
    if not form.validate():
        return None
    if len(form.about) != 1:
        form.form_errors.append("请给出一个主题：想讲的内容、执法事项、领域、执法指引、单位的薄弱条款中的一个。")
        return None
    try:
        topic, wanted = find_topic(db.session, live_index(), *form.about[0]), form.wanted()
    except (NoTopic, ValueError) as error:
        form.form_errors.append(str(error))
        return None
    kind = Kind(form.kind.data) if form.kind.data else None
    return offer(db.session, topic, wanted, Tools.of(live_index()), kind=kind)


@blueprint.get("/experts/calendar")
@only_internal
def calendar() -> str:
    """A month of bookings, of all experts or of one."""
    asked = MONTH.fullmatch(request.args.get("month", ""))
    first = dt.date(int(asked[1]), int(asked[2]), 1) if asked else clock.today().replace(day=1)
    experts = queries.experts(db.session)
    key = request.args.get("expert", "")
    chosen = [expert for expert in experts if not key or expert.key == key]
    if not chosen and key:
        raise NotFound
    shown = month(db.session, first, chosen)
    return render_template("experts/calendar.html", month=shown, experts=experts, key=key, today=clock.today())


@blueprint.get("/experts/terms")
@only_internal
def terms() -> str:
    """Terms of appointment that end soon or have ended."""
    today = clock.today()
    rows = queries.ending_terms(db.session, today + ENDING_WITHIN)
    return render_template("experts/terms.html", rows=rows, today=today, days=ENDING_WITHIN.days)
