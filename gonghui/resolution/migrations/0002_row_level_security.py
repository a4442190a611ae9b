"""The second lock on PostgreSQL: a letter and all that hangs on it is seen where its matter is."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

# The register of committees and their members holds nothing of a worker and is kept by whoever may keep it.
TABLES = {
    f"resolution_{name}": of_matter("matter_id") for name in ("letter", "service", "reply", "inquiry", "letterpaper")
}


class Migration(migrations.Migration):
    dependencies = [("resolution", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
