"""The second lock on PostgreSQL: the room's rows are seen exactly where their matter is (kernel.rls)."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"


def of_appeal(column: str) -> str:
    return f"{EVERYTHING} OR EXISTS (SELECT 1 FROM appeals_appeal a WHERE a.id = {column})"


def of_order(column: str) -> str:
    return f"{EVERYTHING} OR EXISTS (SELECT 1 FROM appeals_workorder w WHERE w.id = {column})"


TABLES = {
    "appeals_workorder": of_matter("matter_id"),
    "appeals_message": of_matter("matter_id"),
    "appeals_appeal": f"{EVERYTHING} OR EXISTS "
    "(SELECT 1 FROM appeals_workorder w WHERE w.appeal_id = appeals_appeal.id)",
    **{
        f"appeals_{name}": of_appeal("appeal_id")
        for name in ("appealemployer", "namedworker", "attachment", "nearindex", "triage", "triagedecision")
    },
    "appeals_appeallink": of_appeal("from_appeal_id"),
    **{
        f"appeals_{name}": of_order("order_id")
        for name in (
            "contactlog",
            "returnrecord",
            "extensionrequest",
            "suspension",
            "supervisionletter",
            "callbackattempt",
            "qualitycheck",
        )
    },
    # A draft is opened by its token, which the platform checks; nobody lists drafts.
    "appeals_appealdraft": EVERYTHING,
    "appeals_massalert": f"{EVERYTHING} OR EXISTS (SELECT 1 FROM unnest((SELECT gonghui_paths())::text[]) p "
    "WHERE p <> '' AND (path = p OR starts_with(path, p || '.')))",
}


class Migration(migrations.Migration):
    dependencies = [("appeals", "0001_initial"), ("kernel", "0004_row_level_security")]

    operations = [lock_tables(TABLES)]
