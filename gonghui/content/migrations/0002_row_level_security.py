"""The second lock on PostgreSQL: a text is seen where its matter is; what is published is read `as_system`."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

OF_ITEM = (
    "(SELECT gonghui_everything()) OR EXISTS (SELECT 1 FROM content_item i WHERE i.id = {table}.item_id)"
)
TABLES = {
    "content_item": of_matter("matter_id"),
    "content_revision": OF_ITEM.format(table="content_revision"),
    "content_itemfile": OF_ITEM.format(table="content_itemfile"),
}


class Migration(migrations.Migration):
    dependencies = [("content", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
