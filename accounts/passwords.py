"""Password rules beyond Django's own."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Officer


class ThreeClassesValidator:
    """At least three of: lower case, upper case, digits, other signs (GB/T 22239-2019, level 3)."""

    def validate(self, password: str, user: Officer | None = None) -> None:
        """Raise ``ValidationError`` when fewer than three classes are in ``password``."""
        classes = [
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        ]
        if sum(classes) < 3:
            raise ValidationError(self.get_help_text(), code="password_three_classes")

    def get_help_text(self) -> str:
        return _("Use at least three of: small letters, capital letters, digits, other signs.")
