"""What a matter began with is kept as text. Those under way get the text of today: an earlier one was not kept."""

from django.db import migrations, models
from django.utils import timezone

from gonghui.kernel.flow import registry


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
    matter, text = apps.get_model("kernel", "Matter"), apps.get_model("kernel", "FlowText")
    for kind in matter.objects.values_list("kind", flat=True).distinct().order_by("kind"):
        flow = registry.find_flow(kind)
        if flow is not None:
            text.objects.create(digest=flow.digest, kind=kind, text=flow.text, since=timezone.now())
            matter.objects.filter(kind=kind).update(flow_digest=flow.digest)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_matter_participant")]

    operations = [
        migrations.CreateModel(
            name="FlowText",
            fields=[
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the text", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(help_text="flow name", max_length=40)),
                ("text", models.TextField(help_text="canonical JSON")),
                ("since", models.DateTimeField(help_text="when the first matter began with it")),
            ],
        ),
        migrations.AddField(
            "matter",
            "flow_digest",
            models.CharField(
                blank=True, default="", help_text="`FlowText` it began with; empty: as in use", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.RunPython(forward, migrations.RunPython.noop),
    ]
