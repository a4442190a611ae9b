"""What may be done in the appeals room: one function a verb, in one transaction, writing the trail."""

from gonghui.appeals.actions.assistant import ask_brain, judge_output
from gonghui.appeals.actions.attachments import save_attachment
from gonghui.appeals.actions.conversation import (
    add_material,
    answer_question,
    ask_worker,
    dispute,
    note,
    rate,
    request_speed_up,
    withdraw,
)
from gonghui.appeals.actions.drafts import DraftExpired, finish_draft, load_draft, save_draft
from gonghui.appeals.actions.handling import (
    decide_triage,
    dispatch,
    log_contact,
    record_callback,
    record_quality,
    reveal,
)
from gonghui.appeals.actions.links import (
    acknowledge_alert,
    clear_alert,
    confirm_duplicate,
    create_mass_group,
    escalate_alert,
    group_alert,
    link_appeals,
    merge,
    update_alert,
)
from gonghui.appeals.actions.petitions import request_review
from gonghui.appeals.actions.receive import Received, receive, register_missed_call
from gonghui.appeals.actions.signals import note_signal

__all__ = [
    "DraftExpired",
    "Received",
    "acknowledge_alert",
    "add_material",
    "answer_question",
    "ask_brain",
    "ask_worker",
    "clear_alert",
    "confirm_duplicate",
    "create_mass_group",
    "decide_triage",
    "dispatch",
    "dispute",
    "escalate_alert",
    "finish_draft",
    "group_alert",
    "judge_output",
    "link_appeals",
    "load_draft",
    "log_contact",
    "merge",
    "note",
    "note_signal",
    "rate",
    "receive",
    "record_callback",
    "record_quality",
    "register_missed_call",
    "request_review",
    "request_speed_up",
    "reveal",
    "save_attachment",
    "save_draft",
    "update_alert",
    "withdraw",
]
