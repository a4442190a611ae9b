"""A released version keeps whom it is for and its files: so far a correction being written changed them at once."""

from django.db import migrations, models

import gonghui.kernel.fields

MEANT = ("column", "tags", "worker_types", "audience_path", "pinned_until")


def carry_over(apps, schema_editor):
    """What is published stays as it is read today. The policies of row-level security would hide it from a migration."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
    for row in apps.get_model("content", "Revision").objects.select_related("item").iterator(200):
        for name in MEANT:
            setattr(row, name, getattr(row.item, name))
        files = list(row.item.files.order_by("pk").values_list("pk", "cover"))
        row.files = [number for number, _cover in files]
        row.cover = next((number for number, cover in files if cover), None)
        row.save()


class Migration(migrations.Migration):
    dependencies = [("content", "0002_row_level_security")]

    operations = [
        migrations.AddField("revision", "column", models.CharField(max_length=20, default=""), preserve_default=False),
        migrations.AddField("revision", "tags", models.JSONField(blank=True, default=list)),
        migrations.AddField("revision", "worker_types", models.CharField(blank=True, max_length=300, default=""), preserve_default=False),
        migrations.AddField("revision", "audience_path", gonghui.kernel.fields.PathField(max_length=120, default=""), preserve_default=False),
        migrations.AddField("revision", "pinned_until", models.DateField(blank=True, null=True)),
        migrations.AddField("revision", "files", models.JSONField(blank=True, default=list, help_text="numbers of the pictures and papers it was read with")),
        migrations.AddField("revision", "cover", models.PositiveBigIntegerField(blank=True, null=True, help_text="number of the picture")),
        migrations.AddField("itemfile", "dropped", models.BooleanField(default=False)),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveIndex("item", "content_column"),
        migrations.AddIndex("revision", models.Index(fields=["column", "audience_path"], name="content_revision_column")),
    ]
