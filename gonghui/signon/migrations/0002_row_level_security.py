"""The second lock on PostgreSQL: keys, consents and tokens are read by the platform after it has asked who wants to know."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
NAMES = (
    "signingkey", "client", "grant", "authorizationcode", "token", "partner", "foreignidentity", "appmatter",
)  # fmt: skip
TABLES = {f"signon_{name}": EVERYTHING for name in NAMES}


class Migration(migrations.Migration):
    dependencies = [("signon", "0001_initial"), ("kernel", "0004_row_level_security")]

    operations = [lock_tables(TABLES, write=EVERYTHING)]
