"""CorpusError: the texts have faults."""

from basics.problems import Problem

__all__ = ["CorpusError", "Problem"]


class CorpusError(Exception):
    """The texts have faults; carries them all, so that a person mends them in one go."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
