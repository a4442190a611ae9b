"""Second lock on PostgreSQL: rows of matters are visible only within the binding of the connection."""

from django.db import migrations

from gonghui.kernel import rls


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_trail_guard")]

    operations = [
        rls.on_postgresql(
            rls.FUNCTIONS,
            "DROP FUNCTION gonghui_everything(); DROP FUNCTION gonghui_restricted(); DROP FUNCTION gonghui_paths();"
            "DROP FUNCTION gonghui_account(); DROP FUNCTION gonghui_matters();",
        ),
        rls.lock_tables(
            {"kernel_matterscope": rls.SCOPE_ROW, "kernel_matter": rls.MATTER_ROW}, write=rls.KERNEL_ONLY
        ),
        rls.lock_tables(
            {
                "kernel_clock": rls.of_matter(),
                "kernel_trailentry": rls.of_matter(),
                "kernel_outboxmessage": rls.MESSAGE_ROW,
            }
        ),
    ]
