"""Tables of the craftsmen (craft): who they are, what they were honoured for, whom they help, what came of it."""

from gonghui.craft.models.contests import (
    Contest,
    Contestant,
    ContestObjection,
    Judge,
    JudgeSheet,
    RoundResult,
    ScoreSheet,
    Team,
    TeamMember,
)
from gonghui.craft.models.helping import Ask, HelpResult, SiteVisit, TalkLine
from gonghui.craft.models.innovations import Innovation
from gonghui.craft.models.people import Achievement, Craftsman, Honour, NominationScore, NoticeDeeds
from gonghui.craft.models.showing import CraftsmanVideo, Expert, ExpertSheet

__all__ = [
    "Achievement",
    "Ask",
    "Contest",
    "ContestObjection",
    "Contestant",
    "Craftsman",
    "CraftsmanVideo",
    "Expert",
    "ExpertSheet",
    "HelpResult",
    "Honour",
    "Innovation",
    "Judge",
    "JudgeSheet",
    "NominationScore",
    "NoticeDeeds",
    "RoundResult",
    "ScoreSheet",
    "SiteVisit",
    "TalkLine",
    "Team",
    "TeamMember",
]
