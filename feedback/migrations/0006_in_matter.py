"""A voice that a matter deals with stays confirmed; the voice itself says so, for who judges knows of no matter."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0005_contact_openings'),
    ]

    operations = [
        migrations.AddField(
            model_name='feedback',
            name='is_in_matter',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
