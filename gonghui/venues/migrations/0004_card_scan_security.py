"""The second lock: a verified card is its member's to see, and the union's whose staff looked."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"


class Migration(migrations.Migration):
    dependencies = [("venues", "0003_cardscan")]

    operations = [
        lock_tables(
            {
                "venues_cardscan": (
                    f"{EVERYTHING} OR account_id = (SELECT gonghui_account()) "
                    "OR path = ANY ((SELECT gonghui_paths())::text[])"
                )
            },
            write=EVERYTHING,
        )
    ]
