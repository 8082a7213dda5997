"""What happened to a matter is never rewritten."""

from typing import ClassVar

from django.db import migrations

TABLE = "measures_rectificationevent"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("measures", "0002_matters"), ("accounts", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER append_only ON {TABLE}",
        )
    ]
