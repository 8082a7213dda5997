"""A decision once made is never rewritten: a new one takes its place."""

from typing import ClassVar

from django.db import migrations

TABLE = "feedback_classification"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0001_initial"), ("accounts", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER append_only ON {TABLE}",
        )
    ]
