"""The second lock on PostgreSQL: a seat is seen where its application is. Offers are open to all."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

TABLES = {
    "services_seat": (
        "(SELECT gonghui_everything()) OR EXISTS "
        "(SELECT 1 FROM services_application a WHERE a.id = services_seat.application_id)"
    ),
}


class Migration(migrations.Migration):
    dependencies = [("services", "0006_offers")]

    operations = [lock_tables(TABLES)]
