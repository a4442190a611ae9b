"""Events of clubs that named their club by a text name it by its number, where the union has one club of that name."""

from django.db import migrations


def by_number(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
    offer, club = apps.get_model("services", "Offer"), apps.get_model("wellbeing", "Club")
    for row in offer.objects.filter(service="W05").iterator():
        name = row.data.pop("club_name", "")
        found = club.objects.filter(organisation_id=row.organisation_id, name=name).order_by("state", "-pk").first()
        if name and found is not None:
            offer.objects.filter(pk=row.pk).update(data={**row.data, "club": str(found.pk)})


class Migration(migrations.Migration):

    dependencies = [
        ('services', '0014_money_by_two'),
        ('wellbeing', '0004_settlements_by_the_bank'),
    ]

    operations = [
        migrations.RunPython(by_number, migrations.RunPython.noop),
    ]
