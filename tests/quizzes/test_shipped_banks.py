"""The banks that come with the project: complete, and without a fault between them and the texts."""

from collections import Counter
from pathlib import Path

import pytest

from app.quizzes_check import Facts
from config import ROOT
from corpus.reader import read_corpus
from quizzes.bank import read_banks
from quizzes.check import SHORT_OF, check_banks
from quizzes.formats import FORMATS
from quizzes.question import QuestionType

BANKS: Path = ROOT / "quizzes/banks"


@pytest.fixture(scope="module")
def banks():
    return read_banks(BANKS)


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(ROOT / "corpus")


def test_every_guide_has_a_dozen_questions_of_every_type(banks, corpus):
    counts = Counter(question.guide for bank in banks for question in bank.questions)
    assert {
        guide.front.id: counts[guide.front.id] for guide in corpus.guides if counts[guide.front.id] < SHORT_OF
    } == {}
    assert sum(counts.values()) >= 420
    for bank in banks:
        assert {question.type for question in bank.questions} == set(QuestionType)


def test_no_bank_has_a_fault(banks, corpus):
    facts = Facts(corpus)
    told = [str(problem) for problem in check_banks(banks)]
    for bank in banks:
        for index, question in enumerate(bank.questions):
            told += [str(bank.problem(index, flaw.place, flaw.message)) for flaw in facts.flaws(question)]
    assert told == []


@pytest.mark.parametrize("name", FORMATS)
def test_all_of_them_go_out_and_come_in_the_same(banks, name):
    questions = [question for bank in banks for question in bank.questions]
    assert FORMATS[name].read(FORMATS[name].write(questions)) == questions
