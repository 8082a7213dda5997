"""How a session finds its officer."""

from django.contrib.auth.backends import ModelBackend

from accounts.models import Officer


class OfficerBackend(ModelBackend):
    """Django's own check of name and password; the officer comes with unit and bureau in one query."""

    def get_user(self, user_id: int) -> Officer | None:
        """The active officer of this id, or ``None``."""
        officers = Officer.objects.select_related("unit__parent__parent")
        try:
            officer = officers.get(pk=user_id)
        except Officer.DoesNotExist:
            return None
        return officer if self.user_can_authenticate(officer) else None
