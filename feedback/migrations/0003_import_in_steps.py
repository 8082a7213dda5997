"""An import by the page goes in steps: uploaded, looked at, run; what is wrong with a row is a row."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_append_only'),
        ('feedback', '0002_append_only'),
        ('stations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField(verbose_name='row')),
                ('source_id', models.CharField(blank=True, max_length=60, verbose_name='number at the source')),
                ('field', models.CharField(max_length=20, verbose_name='column')),
                ('reason', models.CharField(max_length=40, verbose_name='reason')),
                ('is_refused', models.BooleanField(verbose_name='refused')),
            ],
            options={
                'ordering': ['row', 'id'],
            },
        ),
        migrations.RemoveField(
            model_name='importbatch',
            name='report',
        ),
        migrations.AddField(
            model_name='importbatch',
            name='columns',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='data',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='is_rated_out',
            field=models.BooleanField(default=False, verbose_name='left out of the rates'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='problem',
            field=models.CharField(blank=True, default='', max_length=40),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='rows_total',
            field=models.PositiveIntegerField(null=True, verbose_name='rows in the file'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='state',
            field=models.CharField(choices=[('uploaded', 'Waiting for a look'), ('running', 'Being imported'), ('finished', 'Finished'), ('stopped', 'Stopped')], default='running', max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='touched_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(('rows_read', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('rows_taken'), '+', models.F('rows_known')), '+', models.F('rows_refused')))), name='import_accounts_for_every_row'),
        ),
        migrations.AddField(
            model_name='importnote',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='feedback.importbatch'),
        ),
        migrations.AddConstraint(
            model_name='importnote',
            constraint=models.UniqueConstraint(fields=('batch', 'row', 'field'), name='import_note_once_a_field'),
        ),
    ]
