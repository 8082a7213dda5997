"""Letters that were old when they were imported stood as emergencies: their alerts go, their words stay."""

from datetime import timedelta
from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now


def old_alarms_end(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    feedback, remark = apps.get_model("feedback", "Feedback"), apps.get_model("feedback", "Remark")
    old = feedback.objects.exclude(urgent_words=[]).filter(said_at__lt=F("received_at") - timedelta(days=3))
    # Words that came later were said when they came.
    old.exclude(Exists(remark.objects.filter(feedback=OuterRef("pk")))).update(urgent_words=[], changed_at=Now())


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0007_double_in_file")]
    operations: ClassVar = [migrations.RunPython(old_alarms_end, migrations.RunPython.noop)]
