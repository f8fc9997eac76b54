"""The demo accounts 示例账号: one of each role, for trying the site out. They sign in only where DEMO is on."""

from dataclasses import dataclass

from app.access import ROLE_NAMES, Role


@dataclass(frozen=True)
class DemoAccount:
    """A demo account with its fixed password and what one can do with it."""

    username: str
    name: str
    role: Role
    unit_code: str
    password: str
    can: str

    @property
    def role_name(self) -> str:
        """The role in Chinese."""
        return ROLE_NAMES[self.role]


DEMO_ACCOUNTS = (
    DemoAccount(
        "officer", "陈小禾（示例）", Role.OFFICER, "330702100", "Demo-officer-1", "检索和阅读全部指引、案例、事项和法规"
    ),
    DemoAccount(
        "trainer", "何学文（示例）", Role.TRAINER, "330700", "Demo-trainer-1", "检索和阅读全部内容；培训管理以后开放"
    ),
    DemoAccount(
        "editor", "方知墨（示例）", Role.EDITOR, "330700", "Demo-editor-1", "检索和阅读全部内容；内容编审以后开放"
    ),
    DemoAccount(
        "admin", "管一方（示例）", Role.ADMIN, "330700", "Demo-admin-1", "检索和阅读全部内容；管理用户和单位，批量导入"
    ),
)
