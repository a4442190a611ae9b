"""The second lock on PostgreSQL: keys, editions and partners are read and written by the platform alone, after it has
asked who wants to know; what is open to everybody is read as system, too."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = ("exchange_signingkey", "exchange_edition", "exchange_partner", "exchange_foreignservice")


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(dict.fromkeys(TABLES, EVERYTHING), write=EVERYTHING)]
