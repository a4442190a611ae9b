"""The second lock for money: a payment is seen where its application is; who objected, by the platform alone."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    "services_payment": (
        f"{EVERYTHING} OR EXISTS (SELECT 1 FROM services_application a WHERE a.id = services_payment.application_id)"
    ),
    "services_objection": EVERYTHING,
}


class Migration(migrations.Migration):
    dependencies = [("services", "0003_grants")]

    operations = [lock_tables(TABLES)]
