"""The second lock: what belongs to a matter is seen where the matter is; the library's people by the platform, whose
queries show of them what each may read."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

TABLES = {
    table: of_matter("matter_id")
    for table in ("craft_ask", "craft_talkline", "craft_sitevisit", "craft_nominationscore")
}


class Migration(migrations.Migration):
    dependencies = [("craft", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
