"""Revoked and recovered sums, a batch a fund, budgets by two people; who granted what was granted before, and what the
unions below could use they still can."""

import django.db.models.deletion
import gonghui.kernel.vault
from django.conf import settings
from django.db import migrations, models

from gonghui.kernel.rls import lock_tables

EVERYTHING = "(SELECT gonghui_everything())"
TABLES = {
    "services_bankanswer": EVERYTHING,
    "services_recovery": (
        f"{EVERYTHING} OR EXISTS (SELECT 1 FROM services_payment p WHERE p.id = services_recovery.payment_id)"
    ),
}


def carry_over(apps, schema_editor):
    """Every fund stays open to the unions below, as all were until now: a leader closes what is not for them. Who granted
    stands in the trail; a later month of a monthly aid names its grant."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT set_config('gonghui.everything', 'on', true)")
        # What is updated here must not wait for the end of the migration, where indexes are made.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    account, matter = apps.get_model("people", "Account"), apps.get_model("kernel", "Matter")
    entry, payment = apps.get_model("kernel", "TrailEntry"), apps.get_model("services", "Payment")
    apps.get_model("services", "Fund").objects.update(for_below=True)
    # The paid ones too: a monthly aid takes from its first payment who granted it.
    rows = payment.objects.exclude(application=None).select_related("application__matter")
    for row in rows.iterator():
        own = row.application.matter
        first = matter.objects.filter(number=own.data.get("grant", ""), kind=own.kind).first() or own
        made = entry.objects.filter(stream=f"matter:{first.pk}", verb="grant").order_by("-seq").first()
        if made is not None and account.objects.filter(pk=made.actor_id).exists():
            payment.objects.filter(pk=row.pk).update(granted_by_id=made.actor_id)


class Migration(migrations.Migration):

    dependencies = [
        ('services', '0013_earlier_recipients'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('kernel', '0006_flow_text'),
    ]

    operations = [
        migrations.AddField(
            model_name='fund',
            name='for_below',
            field=models.BooleanField(default=False, verbose_name='下级工会可以直接使用'),
        ),
        migrations.AddField(
            model_name='fund',
            name='proposed_below',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='fund',
            name='proposed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fund',
            name='proposed_total',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='fund',
            name='proposed_why',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='payment',
            name='card_changed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='granted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='new_card',
            field=gonghui.kernel.vault.EncryptedTextField(blank=True, help_text='proposed by one of the staff, not confirmed by another'),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='fund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='services.fund'),
        ),
        migrations.CreateModel(
            name='BankAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stored_name', models.CharField(max_length=80, unique=True)),
                ('original_name', models.CharField(max_length=120)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='services.paymentbatch')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Recovery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('day', models.DateField(help_text='on which it came in')),
                ('reason_text', gonghui.kernel.vault.EncryptedTextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recoveries', to='services.payment')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='recovery_is_something')],
            },
        ),
        lock_tables(TABLES),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
