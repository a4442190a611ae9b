"""The second lock on PostgreSQL: a kept answer is seen where its matter is, or by the worker who kept it.

Changes hold nothing of a worker's and are read by every process, for every visitor: they are not locked.
"""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

TABLES = {
    "knowledge_keptanswer": f"(matter_id IS NOT NULL AND ({of_matter('matter_id')})) "
    "OR owner_id = (SELECT gonghui_account()) OR (SELECT gonghui_everything())"
}


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
