"""The second lock: what was paid is seen where its booking is; day reports and entries only under the till's checks."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"


class Migration(migrations.Migration):
    dependencies = [("venues", "0005_fees")]

    operations = [
        lock_tables(
            {
                "venues_payment": (
                    f"{EVERYTHING} OR EXISTS (SELECT 1 FROM venues_booking b WHERE b.id = venues_payment.booking_id)"
                ),
                "venues_dayclose": EVERYTHING,
            },
            write=EVERYTHING,
        )
    ]
