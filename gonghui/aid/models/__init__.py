"""Tables of the room: hardship, the campaigns of the seasons, children's care, rest cures and mutual aid."""

from gonghui.aid.models.campaigns import Campaign, SampleLook, SheetPhoto
from gonghui.aid.models.children import CareDay, Complaint, Lottery
from gonghui.aid.models.hardship import Aid, Assessment, HardshipFile, HouseholdMember, SubsistenceLine
from gonghui.aid.models.mutual import MutualClaim, MutualCover
from gonghui.aid.models.trips import Quota, TripRecord

__all__ = [
    "Aid",
    "Assessment",
    "Campaign",
    "CareDay",
    "Complaint",
    "HardshipFile",
    "HouseholdMember",
    "Lottery",
    "MutualClaim",
    "MutualCover",
    "Quota",
    "SampleLook",
    "SheetPhoto",
    "SubsistenceLine",
    "TripRecord",
]
