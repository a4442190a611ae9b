"""An application repeats the digest of the text its matter began with, as it repeats its kind."""

from django.db import migrations, models


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
    matter, application = apps.get_model("kernel", "Matter"), apps.get_model("services", "Application")
    begun = matter.objects.filter(pk=models.OuterRef("matter_id")).values("flow_digest")
    application.objects.update(flow_digest=models.Subquery(begun))


class Migration(migrations.Migration):
    dependencies = [("services", "0009_review"), ("kernel", "0006_flow_text")]

    operations = [
        migrations.AddField(
            "application",
            "flow_digest",
            models.CharField(
                blank=True, default="", help_text="the matter's: the text it began with", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.RunPython(forward, migrations.RunPython.noop),
    ]
