"""A transfer's number keeps a place for some days, once; what one keeps already gets its limit now."""

from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone

DAYS, AT_THE_DOOR = timedelta(days=2), timedelta(hours=4)


def limit(apps, schema_editor):
    """What is paid at the door stays so: it was booked shortly before the beginning."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
        # What is updated here must not wait for the end of the migration, where the table is changed.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    now = timezone.now()
    rows = apps.get_model("venues", "Booking").objects.exclude(told_receipt="").filter(pay_state="unpaid")
    for row in rows.select_related("slot").iterator():
        row.told_at = row.at
        kept = row.state == "booked" and row.pay_by is None and row.slot.starts > now
        if kept and row.slot.starts - row.at > AT_THE_DOOR:
            row.pay_by = min(now + DAYS, row.slot.starts)
        row.save(update_fields=["told_at", "pay_by"])


class Migration(migrations.Migration):

    dependencies = [
        ('venues', '0010_new_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='told_at',
            field=models.DateTimeField(blank=True, help_text='when such a number was told: once, it keeps the place for some days', null=True),
        ),
        migrations.RunPython(limit, migrations.RunPython.noop),
    ]
