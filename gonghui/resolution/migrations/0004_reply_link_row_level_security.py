"""A link is seen where its letter's matter is."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter


class Migration(migrations.Migration):
    dependencies = [("resolution", "0003_reply_link")]

    operations = [lock_tables({"resolution_replylink": of_matter("matter_id")})]
