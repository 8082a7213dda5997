from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0006_in_matter")]

    operations = [
        migrations.AddField(
            model_name="importnote",
            name="same_as_row",
            field=models.PositiveIntegerField(null=True, verbose_name="the same as row"),
        ),
    ]
