import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from gonghui.kernel import rls


class Migration(migrations.Migration):

    dependencies = [
        ('kernel', '0004_row_level_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MatterParticipant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=32)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participations', to=settings.AUTH_USER_MODEL)),
                ('matter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='kernel.matter')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('until__isnull', True)), fields=['account'], name='participant_now')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('matter', 'account', 'role'), name='participant_once')],
            },
        ),
        rls.lock_tables({"kernel_matterparticipant": rls.of_matter()}, write=rls.KERNEL_ONLY),
    ]
