import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from gonghui.kernel.rls import lock_tables


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0004_major_report'),
        ('organisations', '0002_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EmployerSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=160)),
                ('kind', models.CharField(max_length=20)),
                ('day', models.DateField(help_text='of a pay day, any day of that month: the day of the month counts')),
                ('note', models.CharField(blank=True, max_length=300)),
                ('source', models.CharField(help_text='who says so: a register, a court, a person', max_length=80)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('employer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='organisations.employer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'kind', 'day'), name='employer_signal_once')],
            },
        ),
        # Read for the cards alone, by the platform: what is known of an employer is nobody's list.
        lock_tables({"appeals_employersignal": "(SELECT gonghui_everything())"}),
    ]
