"""The queue's filter by suggested item."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0004_decisions_in_full")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="classification",
            index=models.Index(
                fields=["item", "feedback"], name="classification_suggested_idx", condition=Q(officer__isnull=True)
            ),
        ),
    ]
