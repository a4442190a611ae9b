"""Files of forms; on PostgreSQL seen by their owner and where their application is."""

import django.db.models.deletion

from django.conf import settings
from django.db import migrations, models

from gonghui.kernel.rls import lock_tables


class Migration(migrations.Migration):

    dependencies = [
        ('services', '0004_grants_row_level_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FormFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(max_length=3)),
                ('stored_name', models.CharField(max_length=80, unique=True)),
                ('original_name', models.CharField(max_length=120)),
                ('mime', models.CharField(max_length=60)),
                ('size', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='services.application')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'service'], name='form_file_account')],
            },
        ),
        lock_tables(
            {
                "services_formfile": (
                    "(SELECT gonghui_everything()) OR account_id = (SELECT gonghui_account()) OR EXISTS"
                    " (SELECT 1 FROM services_application a WHERE a.id = services_formfile.application_id)"
                )
            }
        ),
    ]
