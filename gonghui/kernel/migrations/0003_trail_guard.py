"""The database itself refuses to change or delete what stands in the trail."""

from django.db import migrations

TABLES = ("kernel_trailentry", "kernel_trailcheckpoint")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION gonghui_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the trail is append only (留痕不得修改或删除)' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION gonghui_trail_is_append_only()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER append_only_all BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION gonghui_trail_is_append_only()"
            )
    else:
        for table in TABLES:
            for what in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the trail is append only (留痕不得修改或删除)'); END"
                )
            # INSERT OR REPLACE would put a new row in an old one's place without a word to the triggers above.
            other = " OR (stream = NEW.stream AND seq = NEW.seq)" if table == "kernel_trailentry" else ""
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id{other}) "
                "BEGIN SELECT RAISE(ABORT, 'the trail is append only (留痕不得修改或删除)'); END"
            )


def backward(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER append_only_row ON {table}")
            schema_editor.execute(f"DROP TRIGGER append_only_all ON {table}")
        else:
            for what in ("update", "delete", "replace"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{what}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION gonghui_trail_is_append_only()")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_initial")]
    operations = [migrations.RunPython(forward, backward)]
