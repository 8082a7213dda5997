"""Tallies per point and for the whole bureau (docs/decisions/0003)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('insights', '0001_initial'),
        ('stations', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='daytally',
            name='day_tally_once',
        ),
        migrations.RemoveIndex(
            model_name='daytally',
            name='day_tally_dimension',
        ),
        migrations.AddField(
            model_name='daytally',
            name='point',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stations.sensingpoint'),
        ),
        migrations.AlterField(
            model_name='daytally',
            name='dimension',
            field=models.CharField(choices=[('all', 'All voices'), ('channel', 'Channel'), ('kind', 'Kind'), ('state', 'State'), ('item', 'Item, confirmed by the centre'), ('hint', 'Item, suggested and not yet confirmed'), ('code', 'Poster code'), ('flag', 'Flag')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='daytally',
            index=models.Index(fields=['point', 'dimension', 'day'], name='day_tally_point'),
        ),
        migrations.AddConstraint(
            model_name='daytally',
            constraint=models.UniqueConstraint(fields=('day', 'point', 'dimension', 'key'), name='day_tally_once', nulls_distinct=False),
        ),
    ]
