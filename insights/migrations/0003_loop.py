"""Tallies of the loop, and the versioned weights of the composite (docs/decisions/0003)."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


WEIGHTS = "insights_indicatorweights"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_duty_phone'),
        ('insights', '0002_day_tally_per_point'),
    ]

    operations = [
        migrations.CreateModel(
            name='IndicatorWeights',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(unique=True, verbose_name='version')),
                ('valid_from', models.DateField(unique=True, verbose_name='valid from')),
                ('response', models.DecimalField(decimal_places=3, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='weight of the response rate')),
                ('solution', models.DecimalField(decimal_places=3, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='weight of the solution rate')),
                ('satisfaction', models.DecimalField(decimal_places=3, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='weight of the satisfaction rate')),
                ('basically', models.DecimalField(decimal_places=3, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='what “basically satisfied” counts')),
                ('source', models.CharField(max_length=120, verbose_name='source')),
            ],
            options={
                'verbose_name': 'weights of the composite',
                'verbose_name_plural': 'weights of the composite',
                'ordering': ['-valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('response', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(1), '-', models.F('solution')), '-', models.F('satisfaction')))), name='weights_sum_to_one', violation_error_message='The three weights add up to exactly 1.'), models.CheckConstraint(condition=models.Q(('response__range', (0, 1)), ('satisfaction__range', (0, 1)), ('solution__range', (0, 1))), name='weights_are_shares'), models.CheckConstraint(condition=models.Q(('basically__range', (0, 1))), name='weights_basically_share')],
            },
        ),
        migrations.CreateModel(
            name='LoopTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('dimension', models.CharField(choices=[('move', 'Moves of matters'), ('closed', 'Matters that stand closed, by reason'), ('course', 'How matters went'), ('follow', 'Follow-ups'), ('call', 'Call-backs of the centre'), ('notice', 'Interview notices, by state')], max_length=10)),
                ('key', models.CharField(max_length=24)),
                ('count', models.IntegerField()),
                ('unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['unit', 'day'], name='loop_tally_unit'), models.Index(condition=models.Q(('dimension', 'notice')), fields=['unit', 'key'], name='loop_tally_notice')],
                'constraints': [models.UniqueConstraint(fields=('day', 'unit', 'dimension', 'key'), name='loop_tally_once', nulls_distinct=False)],
            },
        ),
        migrations.RunSQL(
            f"CREATE TRIGGER weights_in_use BEFORE UPDATE OR DELETE ON {WEIGHTS} FOR EACH ROW"
            " WHEN (OLD.valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date) EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER weights_in_use ON {WEIGHTS}",
        ),
        # The next run counts every day, not only those that changed: of the new tallies there are none.
        migrations.RunSQL("DELETE FROM insights_tallyrun", migrations.RunSQL.noop),
    ]
