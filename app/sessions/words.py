"""What states, standings and ways are called on pages."""

from app.sessions.models import Standing, State
from app.sessions.outcome_models import EntryKind, Way
from app.sessions.telling import when, where

__all__ = ["KINDS", "STANDINGS", "STATES", "WAYS", "when", "where"]

STATES = {State.DRAFT: "草稿", State.PUBLISHED: "已发布", State.CANCELLED: "已取消", State.HELD: "已举办"}
STANDINGS = {
    Standing.APPLIED: "待审核",
    Standing.ENROLLED: "已报名",
    Standing.WAITING: "候补",
    Standing.LEFT: "已取消报名",
    Standing.DECLINED: "未通过",
}
WAYS = {Way.TRAINER: "老师登记", Way.CODE: "扫码"}
KINDS = {EntryKind.CREDIT: "记入", EntryKind.CORRECTION: "更正"}
