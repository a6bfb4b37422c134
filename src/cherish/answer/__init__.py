"""One way to ask and one way to answer: web, command line and library share `answer(log, query)`."""

from cherish.answer.ask import answer
from cherish.query import Query

__all__ = ["Query", "answer"]
