"""Materials 材料: adding and taking away."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.audit import record
from app.search.places import Place
from app.sessions import queries
from app.sessions.models import Material
from app.sessions.refusals import Refused
from app.sessions.shelf import Shelf, checked_suffix

MOST = 30


@dataclass(frozen=True)
class NewMaterial:
    """What a trainer gave: a place of the library, or a file with its name."""

    title: str
    place: Place | None
    name: str
    data: bytes


def add(session: Session, id: int, new: NewMaterial, shelf: Shelf, *, actor_id: int, now: dt.datetime) -> Material:
    """Add a material. Raises Refused: neither or both kinds given, a file that may not be, too many."""
    queries.locked(session, id)
    if len(queries.materials(session, id)) >= MOST:
        raise Refused(f"一个班次最多 {MOST} 份材料。")
    if bool(new.place) == bool(new.name):
        raise Refused("请填写一份资料库文档，或者上传一个文件，两样选一样。")
    row = Material(session_id=id, added_by_id=actor_id, added_at=now, size=len(new.data))
    if new.place:
        anchor = f"#{new.place.anchor}" if new.place.anchor else ""
        row.location, row.title = new.place.document.id + anchor, (new.title or new.place.title)[:120]
    else:
        row.title = (new.title or Path(new.name).stem or "材料")[:100]
        row.stored_name = shelf.keep(new.data, checked_suffix(new.name, new.data))
    session.add(row)
    session.flush()
    record(session, "sessions.material_added", f"session {id}", actor_id=actor_id, now=now, detail=row.title)
    return row


def delete(session: Session, id: int, material_id: int, *, actor_id: int, now: dt.datetime) -> None:
    """Take a material away; its file is the caller's to remove."""
    row = queries.material(session, id, material_id)
    if row is not None:
        record(session, "sessions.material_deleted", f"session {id}", actor_id=actor_id, now=now, detail=row.title)
        session.delete(row)
        session.flush()
