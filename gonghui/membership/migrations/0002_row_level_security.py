"""The second lock: a membership is seen by its member and at its union; its changes where it is seen. Only the register
itself writes them, after its checks."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    "membership_membership": (
        f"{EVERYTHING} OR account_id = (SELECT gonghui_account()) OR path = ANY ((SELECT gonghui_paths())::text[])"
    ),
    "membership_membershipchange": (
        f"{EVERYTHING} OR EXISTS (SELECT 1 FROM membership_membership m "
        "WHERE m.id = membership_membershipchange.membership_id)"
    ),
}


class Migration(migrations.Migration):
    dependencies = [("membership", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES, write=EVERYTHING)]
