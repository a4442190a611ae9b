import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from gonghui.kernel.rls import lock_tables

OF_ORDER = "(SELECT gonghui_everything()) OR EXISTS (SELECT 1 FROM appeals_workorder w WHERE w.id = order_id)"


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0003_callback_round'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MajorReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('receiver', models.CharField(max_length=24)),
                ('way', models.CharField(max_length=12)),
                ('person', models.CharField(help_text='who took it: name and post', max_length=80)),
                ('gist', models.CharField(max_length=1000)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='appeals.workorder')),
            ],
            options={
                'indexes': [models.Index(fields=['order', 'at'], name='report_order')],
            },
        ),
        lock_tables({"appeals_majorreport": OF_ORDER}),
    ]
