"""Tables of the appeals room (诉求): what the worker said, the work orders made from it, and what was done."""

from gonghui.appeals.models.appeal import (
    Appeal,
    AppealDraft,
    AppealEmployer,
    AppealLink,
    Attachment,
    CaseVector,
    Message,
    NamedWorker,
    NearIndex,
    PaperReading,
)
from gonghui.appeals.models.handling import (
    CallbackAttempt,
    ContactLog,
    ExtensionRequest,
    MajorReport,
    QualityCheck,
    ReturnRecord,
    SupervisionLetter,
    Suspension,
    WorkOrder,
)
from gonghui.appeals.models.understanding import BrainOutput, EmployerSignal, MassAlert, Triage, TriageDecision
from gonghui.appeals.models.usage import ModelCall, ModelHold, ModelPurse

__all__ = [
    "Appeal",
    "AppealDraft",
    "AppealEmployer",
    "AppealLink",
    "Attachment",
    "BrainOutput",
    "CallbackAttempt",
    "CaseVector",
    "ContactLog",
    "EmployerSignal",
    "ExtensionRequest",
    "MajorReport",
    "MassAlert",
    "Message",
    "ModelCall",
    "ModelHold",
    "ModelPurse",
    "NamedWorker",
    "NearIndex",
    "PaperReading",
    "QualityCheck",
    "ReturnRecord",
    "SupervisionLetter",
    "Suspension",
    "Triage",
    "TriageDecision",
    "WorkOrder",
]
