"""From a worker's words to an answer (解答): which situations, what to ask, what the law gives, how much, until when.

`advise` makes a plan of data alone; `words.tell` says it plainly; `checker.check` refuses a rewording that says more
than the plan. The worker's page, the desk, the API and `gonghui ask` share them.
"""

from gonghui.law.advice.checker import check
from gonghui.law.advice.plan import Plan, Question
from gonghui.law.advice.planning import advise
from gonghui.law.advice.words import tell

__all__ = ["Plan", "Question", "advise", "check", "tell"]
