"""The second lock: the room alone reads its tables, after its checks; and vouchers with their lines are append only."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    f"dues_{name}": EVERYTHING
    for name in ("book", "dueslist", "duesrow", "exemption", "rebate", "posting", "line", "closing")
}
APPEND_ONLY = ("dues_posting", "dues_line", "dues_closing")
WORDS = "the books are append only (账簿不得修改或删除，请冲销)"

POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION gonghui_books_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        for table in APPEND_ONLY:
            schema_editor.execute(
                f"CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION gonghui_books_are_append_only()"
            )
        return
    for table in APPEND_ONLY:
        for what in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
        # INSERT OR REPLACE would put a new row in an old one's place without a word to the triggers above.
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def backward(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            schema_editor.execute(f"DROP TRIGGER append_only_row ON {table}")
        else:
            for what in ("update", "delete", "replace"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{what}")
    if postgresql:
        schema_editor.execute("DROP FUNCTION gonghui_books_are_append_only()")


class Migration(migrations.Migration):
    dependencies = [("dues", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES, write=EVERYTHING), migrations.RunPython(forward, backward)]
