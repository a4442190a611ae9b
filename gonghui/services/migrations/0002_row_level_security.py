"""The second lock on PostgreSQL: an application is seen where its matter is, a draft by its writer alone."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    "services_application": of_matter("matter_id"),
    "services_draft": f"{EVERYTHING} OR account_id = (SELECT gonghui_account())",
    # Whether somebody has had something is asked by the platform alone, after it has asked who wants to know.
    "services_taken": EVERYTHING,
    "services_voucher": (
        f"{EVERYTHING} OR EXISTS (SELECT 1 FROM services_application a WHERE a.id = services_voucher.application_id)"
    ),
}


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
