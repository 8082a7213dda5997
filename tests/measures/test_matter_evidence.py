"""Evidence: what is taken, what is refused, and how it is handed out."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role
from measures.documents import BYTES_MAX
from measures.models import Rectification
from tests.browser.things import phone_photo, photo_place
from tests.feedback.queue_cast import logged_in, officer
from tests.measures.matters import dispatched, handled, head, unit
from tests.measures.screens import PDF, pdf

pytestmark = pytest.mark.django_db


def _add(client: Client, matter: Rectification, *files: Any) -> Any:
    return client.post(reverse("matters:evidence_add", args=[matter.pk]), {"evidence": list(files)})


def test_a_photo_is_drawn_anew_and_a_pdf_kept_as_it_is() -> None:
    matter, photo = handled(dispatched()), phone_photo()
    client = logged_in(officer(Role.STATION_OFFICER, unit()))
    answer = _add(client, matter, SimpleUploadedFile("IMG_1.jpg", photo["buffer"]), pdf('../\u202e坏"名<.pdf'))
    assert answer.status_code == 302
    first, second = matter.evidence.all()
    assert (first.name, first.media_type) == ("IMG_1.jpg", "image/jpeg")
    assert photo_place(photo["buffer"])
    assert not photo_place(bytes(first.data))
    assert (second.name, second.media_type, bytes(second.data)) == ("坏名.pdf", "application/pdf", PDF)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ\x90"),
        ("a.pdf", b"<html><script>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.jpg", b"\xff\xd8 broken"),
        ("big.pdf", PDF + b"0" * BYTES_MAX),
        ("empty.pdf", b""),
    ],
)
def test_other_files_are_refused_and_none_of_the_choice_is_stored(name: str, data: bytes) -> None:
    matter = handled(dispatched())
    answer = _add(logged_in(head()), matter, pdf(), SimpleUploadedFile(name, data))
    assert answer.status_code == 422
    assert matter.evidence.count() == 0


def test_no_more_than_six_files_come_at_once() -> None:
    matter = handled(dispatched())
    assert _add(logged_in(head()), matter, *(pdf(f"{n}.pdf") for n in range(7))).status_code == 422
    assert matter.evidence.count() == 0


def test_evidence_is_handed_out_so_that_no_browser_runs_it_and_each_look_is_recorded() -> None:
    matter = handled(dispatched())
    client = logged_in(head())
    _add(client, matter, pdf(), SimpleUploadedFile("b.jpg", phone_photo()["buffer"]))
    paper, photo = matter.evidence.all()
    for piece, kind, way in ((paper, "application/pdf", "attachment"), (photo, "image/jpeg", "inline")):
        answer = client.get(reverse("matters:evidence", args=[matter.pk, piece.pk]))
        assert answer["Content-Type"] == kind
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"].startswith(way)
        assert "no-store" in answer["Cache-Control"]
    seen = [event.data["evidence"] for event in AuditEvent.objects.filter(action="matter.evidence_view")]
    assert seen == [paper.pk, photo.pk]
