"""What holds of a situation (下结论): the row of its decision table, and what would hold if things were otherwise."""

from __future__ import annotations

from gonghui.law.advice.plan import Conclusion, articles_of
from gonghui.law.english import in_words
from gonghui.law.topics import Topic, topics
from gonghui.law.topics.facts import Facts, When, holds, passes
from gonghui.law.topics.persons import Ending
from gonghui.law.topics.topic import Branch

# Facts of who one is and for whom one works: what holds for a household's worker or a civil servant is told last.
WHO = ("employer_kind", "worker_kind")


def own_ending(name: str, ending: Ending, *, sure: bool) -> Conclusion:
    """What a person outside labour law is told where the situation says nothing of them."""
    return Conclusion(
        name, ending.text, ending.en, ending.mark, articles_of(ending.cites), ending.basis, ("", ""), sure
    )


def conclude(topic: Topic, known: Facts) -> tuple[Conclusion, tuple[Conclusion, ...]]:
    """What holds as things are known, and what would hold if an unknown fact were otherwise.

    Unknown facts are taken as is usual (`Fact.usual`); a row on a fact without a usual value does not hold by silence.
    What would hold otherwise comes in the table's order, but what nearly nobody is (a household's worker, a civil
    servant) after what anybody may be.
    """
    facts = topics().facts
    usual = {name: fact.usual for name, fact in facts.items() if fact.usual is not None} | dict(known)
    main: Branch | None = None
    firm = False
    others: list[Branch] = []
    for branch in topic.branches:
        sure = holds(branch.when, known)
        if sure is False:
            continue
        if branch.when and sure and not firm and main is not None:
            # What was said weighs more than what is usual.
            others.append(main)
            main, firm = branch, True
        elif main is None and holds(branch.when, usual):
            main, firm = branch, bool(sure)
        else:
            others.append(branch)
        if sure:
            break
    assert main is not None, "the last branch has no condition"
    others.sort(key=lambda branch: any(n in WHO and not passes(t, usual[n]) for n, t in branch.when.items()))
    rest = [_concluded(branch, _conditions(branch.when, known)) for branch in others if branch.when]
    return _concluded(main, ("", ""), sure=not rest), tuple(rest)


def _concluded(branch: Branch, condition: tuple[str, str], *, sure: bool = True) -> Conclusion:
    return Conclusion(
        branch.id,
        branch.conclusion,
        branch.en,
        branch.mark,
        articles_of((*branch.cites, *branch.also_cites)),
        branch.basis,
        condition,
        sure,
        len(branch.also_cites),
    )


def _conditions(when: When, known: Facts) -> tuple[str, str]:
    return _condition(when, known, english=False), _condition(when, known, english=True)


def _condition(when: When, known: Facts, *, english: bool) -> str:
    """The unknown part of a condition in words: 在哪里干活：工地."""
    library = topics()
    colon, joint = (": ", "; ") if english else ("：", "；")
    parts = []
    for name, test in when.items():
        if name in known:
            continue
        fact = library.facts[name]
        question = (fact.en if english else fact.zh).rstrip("？?")
        if isinstance(test, bool):
            said = "是" if test else "否"
        elif isinstance(test, str | tuple):
            values = (test,) if isinstance(test, str) else test
            choices = [fact.options[value].en if english else fact.options[value].zh for value in values]
            said = (" or " if english else "或").join(choices)
        else:
            least, most = (f"{edge}" if edge is not None else "" for edge in (test.least, test.most))
            said = f"{least} 至 {most}" if least and most else f"{least} 以上" if least else f"{most} 以下"
        parts.append(f"{question}{colon}{in_words(said, english)}")
    return joint.join(parts)
