"""What the tests of the resident's pages share: a client without cookies, forms, photos."""

import re
import uuid
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from stations.models import PointCode

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer = _MonkeyPatchedWSGIResponse
else:
    Answer = HttpResponse

PHONE = "13812345678"


def live_code() -> PointCode:
    """A code that hangs on a poster now."""
    return PointCode.objects.filter(revoked_at__isnull=True).select_related("point")[0]


def voice_fields(**changes: Any) -> dict[str, Any]:
    """A form as a browser sends it."""
    fields = {"client_id": str(uuid.uuid4()), "service_rating": "4", "content": "路灯坏了，晚上很黑"}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def say(client: Client, code: str = "", *, language: str = "en", **changes: Any) -> Answer:
    """Send a form; ``None`` leaves a field out."""
    path = f"/p/{code}/" if code else "/p/"
    return client.post(f"{path}?lang={language}", voice_fields(**changes))


def receipt_in(response: Answer) -> str:
    """The sixteen digits on an answer page."""
    found = re.search(r'id="digits"[^>]*>((?:\d{4} ){3}\d{4})<', response.content.decode())
    assert found, response.content.decode()
    return found[1].replace(" ", "")


def ask(client: Client, receipt: str, act: str = "", **fields: Any) -> Answer:
    """Send a receipt (and ``fields``) to the look-up or to one of its acts."""
    path = f"/r/{act}/" if act else "/r/"
    return client.post(f"{path}?lang=en", {"receipt": receipt, **fields})


def photo_file(
    form: str = "JPEG", size: tuple[int, int] = (40, 20), *, name: str = "p.jpg", **options: Any
) -> SimpleUploadedFile:
    """An uploaded picture."""
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **options)
    return SimpleUploadedFile(name, out.getvalue(), f"image/{form.lower()}")
