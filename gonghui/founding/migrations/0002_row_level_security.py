"""The second lock on PostgreSQL: a founding is seen where its matter is; who signed and who was elected, by the platform
after it has asked who wants to know."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    "founding_founding": of_matter("matter_id"),
    "founding_signature": EVERYTHING,
    "founding_term": EVERYTHING,
}


class Migration(migrations.Migration):
    dependencies = [("founding", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
