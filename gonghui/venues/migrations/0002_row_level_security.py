"""The second lock: who came and who booked is that account's own; a fault is seen where its matter is."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"
OWN = f"{EVERYTHING} OR account_id = (SELECT gonghui_account())"
TABLES = {
    "venues_visit": OWN,
    "venues_booking": OWN,
    "venues_fault": of_matter("matter_id"),
}


class Migration(migrations.Migration):
    dependencies = [("venues", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
