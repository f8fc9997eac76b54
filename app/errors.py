"""Error pages in plain Chinese: what happened, whether work is safe, what to do next. Never a stack trace."""

import logging
import uuid

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from indexer.generation import GenerationError

log = logging.getLogger(__name__)
TEXTS = {
    400: ("请求有误", "浏览器发来的内容不完整或者写法不对，没有任何改动。请返回上一页重试。"),
    404: ("没有找到这一页", "地址可能写错了，或者这一页需要登录后才能看。可以从首页检索，或者登录后再试。"),
    405: ("不能这样打开", "这个地址只能从页面上的按钮进入。请返回上一页。"),
    409: ("内容已被别人改过", "您的修改没有保存，以免盖掉别人的。请刷新后再试。"),
    413: ("文件太大", "上传的内容超过了上限（6 MB），没有保存。请拆小后再传。"),
    429: ("操作太频繁", "为了安全，请过几分钟再试。"),
    500: ("系统出了问题", "没有完成这次操作，之前保存的内容不受影响。请稍后再试；仍不行时把下面的编号告诉管理员。"),
    503: ("检索暂时不能用", "索引正在准备或者需要管理员修复，其他页面可以照常使用。请过几分钟再试。"),
}


def init_app(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(GenerationError, _index_error)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, number: str = "") -> tuple[str, int]:
    title, advice = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    return render_template("errors/error.html", title=title, advice=advice, status=status, number=number), status


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error
    return _page(error.code)


def _csrf_error(_error: CSRFError) -> tuple[str, int]:
    text = "页面打开得太久，或者您已在别处退出登录，为安全没有提交。请返回上一页刷新后重试。"
    return render_template("errors/error.html", title="页面已过期", advice=text, status=400, number=""), 400


def _index_error(error: GenerationError) -> tuple[str, int]:
    log.error("index: %s", error)
    return _page(503)


def _unexpected(error: Exception) -> tuple[str, int]:
    number = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", number, exc_info=error)
    return _page(500, number)
