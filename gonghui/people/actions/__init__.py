"""What may be done with accounts."""

from gonghui.people.actions.accounts import (
    change_password,
    create_staff,
    grant_duty,
    reset_password,
    revoke_duty,
    set_active,
)
from gonghui.people.actions.codes import CodeRefused, check_code, send_code
from gonghui.people.actions.consents import (
    give_consent,
    kept_kinds,
    own_data,
    own_data_part,
    update_profile,
    withdraw_consent,
)
from gonghui.people.actions.demo import seed_demo
from gonghui.people.actions.erasure import (
    erase,
    erase_requested,
    holding,
    keep_account,
    request_erasure,
    staying,
    stays,
)
from gonghui.people.actions.sessions import begin_staff_session, end_other_sessions, end_session, follow_session

__all__ = [
    "CodeRefused",
    "begin_staff_session",
    "change_password",
    "check_code",
    "create_staff",
    "end_other_sessions",
    "end_session",
    "erase",
    "erase_requested",
    "follow_session",
    "give_consent",
    "grant_duty",
    "holding",
    "keep_account",
    "kept_kinds",
    "own_data",
    "own_data_part",
    "request_erasure",
    "reset_password",
    "revoke_duty",
    "seed_demo",
    "send_code",
    "set_active",
    "staying",
    "stays",
    "update_profile",
    "withdraw_consent",
]
