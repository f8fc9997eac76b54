"""Forms of the certificates."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Why a certificate is withdrawn."""

    reason = StringField(
        "撤销原因",
        filters=[lambda text: (text or "").strip()],
        validators=[DataRequired("请写明撤销原因。"), Length(max=200, message="撤销原因最多 200 个字。")],
        description="本人会在通知里看到；公开查验的页面只说已撤销，不显示原因。",
    )
