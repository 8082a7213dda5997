"""A decision carries all that was decided with it; an index holds what stands on top of the centre's queue."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0003_import_in_steps")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="classification",
            name="duplicate_of",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="feedback.feedback",
            ),
        ),
        migrations.AddField(
            model_name="classification",
            name="public_reply",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(
                fields=["-id"],
                name="feedback_alert_idx",
                condition=~Q(urgent_words=[]) & (Q(urgent_seen_at__isnull=True) | Q(state="received")),
            ),
        ),
    ]
