"""Tables of 心理服务, 普惠, 书屋与社团, 交友联谊."""

from gonghui.wellbeing.models.benefits import Claim, Inspection, Merchant, Settlement
from gonghui.wellbeing.models.books import Book, Club, ClubMember, EText, Loan
from gonghui.wellbeing.models.counselling import (
    Counselling,
    Counsellor,
    CounsellorShift,
    HotlineCall,
    Session,
    SessionNote,
)
from gonghui.wellbeing.models.meeting import AbuseReport, MeetingChoice, MeetingFeedback, Profile

__all__ = [
    "AbuseReport",
    "Book",
    "Claim",
    "Club",
    "ClubMember",
    "Counselling",
    "Counsellor",
    "CounsellorShift",
    "EText",
    "HotlineCall",
    "Inspection",
    "Loan",
    "MeetingChoice",
    "MeetingFeedback",
    "Merchant",
    "Profile",
    "Session",
    "SessionNote",
    "Settlement",
]
