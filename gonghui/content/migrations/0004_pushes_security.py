"""The second lock on PostgreSQL: a push is seen where its text's matter is, what a person got and chose by that person."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

OWN = "(SELECT gonghui_everything()) OR account_id = (SELECT gonghui_account())"
TABLES = {
    "content_push": (
        "(SELECT gonghui_everything()) OR EXISTS (SELECT 1 FROM content_item i WHERE i.id = content_push.item_id)"
    ),
    "content_pushdelivery": OWN,
    "content_pushchoice": OWN,
}


class Migration(migrations.Migration):
    dependencies = [("content", "0003_pushes")]

    operations = [lock_tables(TABLES)]
