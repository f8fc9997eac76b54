"""What is wrong with a file of questions: every fault at once, and nothing of the file is taken."""

from basics.sheets import Fault

__all__ = ["MAX_BYTES", "Fault", "FormatError", "decoded"]

MAX_BYTES = 6_000_000


class FormatError(Exception):
    """The file cannot be taken. `faults` name row (Excel) or line (GIFT, XML, YAML; 0: the whole file) and column."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = sorted(faults)


def whole(message: str) -> FormatError:
    """A fault of the file as a whole."""
    return FormatError([Fault(0, "", message)])


def decoded(data: bytes) -> str:
    """The text of a file. Raises FormatError."""
    if len(data) > MAX_BYTES:
        raise whole("文件超过 6 MB，请拆小后再导入。")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise whole("认不出文件的编码，请存成 UTF-8。") from error
