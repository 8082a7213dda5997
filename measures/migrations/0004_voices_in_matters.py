"""The voices that matters deal with already are marked as such."""

from django.db import migrations

MARK = """
UPDATE feedback_feedback SET is_in_matter = true
WHERE id IN (SELECT feedback_id FROM measures_rectificationvoice)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0006_in_matter'),
        ('measures', '0003_events_append_only'),
    ]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
