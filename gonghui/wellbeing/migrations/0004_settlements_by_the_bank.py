"""Monthly settlements are paid by the bank file of the union whose fund it is: one a fund, with its payment."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def by_fund(apps, schema_editor):
    """Each settlement by the fund of its coupons; one of several funds is divided and looked at anew, and one that is
    confirmed but not paid is confirmed once more, which makes its payment."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
        # What is updated here must not wait for the end of the migration, where indexes are made.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    settlement, claim = apps.get_model("wellbeing", "Settlement"), apps.get_model("wellbeing", "Claim")
    for row in settlement.objects.order_by("pk"):
        shares = {}
        for one in claim.objects.filter(settlement_id=row.pk).exclude(fund=None).order_by("fund_id", "pk"):
            shares.setdefault(one.fund_id, []).append(one)
        if row.state == "paid":
            # What was paid from several funds stays as it was booked.
            if len(shares) == 1:
                settlement.objects.filter(pk=row.pk).update(fund_id=next(iter(shares)))
            continue
        for place, (fund_id, claims) in enumerate(shares.items()):
            told = {"count": len(claims), "total": sum(one.value for one in claims), "fund_id": fund_id}
            if len(shares) > 1:
                told |= {"state": "draft", "checked_by": None, "confirmed_by": None}
            elif row.state == "confirmed":
                told |= {"state": "checked", "confirmed_by": None}
            if place == 0:
                settlement.objects.filter(pk=row.pk).update(**told)
                continue
            made = settlement.objects.create(merchant_id=row.merchant_id, month=row.month, **told)
            claim.objects.filter(pk__in=[one.pk for one in claims]).update(settlement_id=made.pk)


class Migration(migrations.Migration):

    dependencies = [
        ('services', '0014_money_by_two'),
        ('wellbeing', '0003_video_meetings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='settlement',
            name='one_settlement_a_month',
        ),
        migrations.AddField(
            model_name='settlement',
            name='fund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.fund'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='payment',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='services.payment'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='remark',
            field=models.CharField(blank=True, help_text="the bank's reason, when it came back", max_length=200),
        ),
        migrations.AlterField(
            model_name='settlement',
            name='state',
            field=models.CharField(choices=[('draft', '待初核'), ('checked', '待复核'), ('confirmed', '待付款'), ('paid', '已付款'), ('failed', '银行退回')], default='draft', max_length=10),
        ),
        migrations.RunPython(by_fund, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('merchant', 'month', 'fund'), name='one_settlement_a_month_and_fund'),
        ),
    ]
