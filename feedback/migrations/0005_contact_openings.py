"""Opening a sealed contact is asked for, decided by somebody else, and told: one row for each request."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0004_decisions_in_full'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ContactOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('reason', models.CharField(choices=[('call_back', 'Call-back of a dissatisfied resident'), ('clarify', 'To ask what is not clear about the matter'), ('danger', 'Danger to life'), ('legal_duty', 'Duty under the law')], max_length=12, verbose_name='reason')),
                ('reason_text', models.TextField(verbose_name='reason in words')),
                ('state', models.CharField(choices=[('asked', 'Waiting for the custodian'), ('approved', 'Approved, not opened yet'), ('refused', 'Refused by the custodian'), ('opened', 'Opened'), ('expired', 'Expired'), ('withdrawn', 'Taken back')], default='asked', max_length=10, verbose_name='state')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('decision_note', models.TextField(blank=True, default='', verbose_name='note')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='first opened')),
                ('opened_count', models.PositiveIntegerField(default=0, verbose_name='times opened')),
                ('expires_at', models.DateTimeField(verbose_name='holds until')),
                ('changed_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('feedback', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='openings', to='feedback.feedback')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['asked_by', '-id'], name='opening_asker_idx'), models.Index(condition=models.Q(('state__in', ('asked', 'approved'))), fields=['expires_at'], name='opening_pending_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'approved', 'refused', 'opened', 'expired', 'withdrawn'])), name='opening_state_known'), models.CheckConstraint(condition=models.Q(('reason__in', ['call_back', 'clarify', 'danger', 'legal_duty'])), name='opening_reason_known'), models.CheckConstraint(condition=django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('reason_text'), 10), name='opening_reason_said'), models.CheckConstraint(condition=models.Q(('decided_by', models.F('asked_by')), _negated=True), name='opening_decided_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ('approved', 'refused', 'opened', 'expired', 'withdrawn'))), models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state__in', ('asked', 'expired', 'withdrawn'))), _connector='OR'), name='opening_decision_whole'), models.CheckConstraint(condition=models.Q(models.Q(('opened_at__isnull', False), ('opened_count__gte', 1), ('state', 'opened')), models.Q(models.Q(('state', 'opened'), _negated=True), ('opened_at__isnull', True), ('opened_count', 0)), _connector='OR'), name='opening_opened_is_counted'), models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'approved'))), fields=('feedback', 'asked_by'), name='opening_one_at_a_time')],
            },
        ),
    ]
