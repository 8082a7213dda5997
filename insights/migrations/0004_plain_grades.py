from typing import ClassVar

from django.db import migrations

# Short arrays are stored packed, and PostgreSQL unpacks one anew for each of its five numbers: a fifth of what the
# dashboard's sums took. Days counted from now on are stored plain; those before are summed as slowly as they were.
STORAGE = "ALTER TABLE insights_daytally ALTER service SET STORAGE {0}, ALTER safety SET STORAGE {0}"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("insights", "0003_loop")]

    operations: ClassVar = [
        migrations.RunSQL(STORAGE.format("PLAIN"), reverse_sql=STORAGE.format("EXTENDED")),
    ]
