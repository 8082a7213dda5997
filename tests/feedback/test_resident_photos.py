"""Photos: pixels are kept, everything else about them is not."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from feedback.models import Attachment, Feedback
from feedback.resident.photos import EDGE, PIXELS_MAX
from tests.feedback.resident import photo_file, receipt_in, say

pytestmark = pytest.mark.django_db

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def _with_metadata(form: str) -> SimpleUploadedFile:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned: to be shown a quarter to the right
    exif[MAKE] = "SecretCamera"
    exif.get_ifd(GPS)[2] = (41.0, 47.0, 30.5)
    return photo_file(form, (40, 20), exif=exif.tobytes(), icc_profile=b"SecretProfile", comment=b"SecretComment")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_upright_and_without_a_trace_of_metadata(client: Client, form: str) -> None:
    assert receipt_in(say(client, photos=_with_metadata(form)))
    kept = Attachment.objects.get()
    data = bytes(kept.data)
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (20, 40))
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & picture.info.keys()
    assert b"Secret" not in data
    assert (kept.media_type, kept.width, kept.height) == ("image/jpeg", 20, 40)


def test_a_large_photo_is_made_smaller(client: Client) -> None:
    say(client, photos=photo_file(size=(4000, 3000)))
    kept = Attachment.objects.get()
    assert (kept.width, kept.height) == (EDGE, 1200)


def test_transparency_becomes_white(client: Client) -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    say(client, photos=SimpleUploadedFile("p.png", out.getvalue(), "image/png"))
    with Image.open(BytesIO(bytes(Attachment.objects.get().data))) as picture:
        assert picture.getpixel((4, 4)) == (255, 255, 255)


def test_three_photos_are_kept_in_their_order(client: Client) -> None:
    say(client, photos=[photo_file(size=(10 * n, 10)) for n in (1, 2, 3)])
    assert list(Attachment.objects.values_list("position", "width")) == [(1, 10), (2, 20), (3, 30)]


def test_a_fourth_photo_is_refused_and_the_text_stays(client: Client) -> None:
    page = say(client, photos=[photo_file() for _ in range(4)]).content.decode()
    assert "At most three photos" in page
    assert "路灯坏了" in page
    assert "choose the photos again" in page
    assert not Feedback.objects.exists()


def _bomb() -> bytes:
    """A PNG of a few bytes that claims to be 60,000 pixels square."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


def _just_too_many_pixels() -> bytes:
    out = BytesIO()
    Image.new("1", (PIXELS_MAX // 5000 + 1, 5000)).save(out, "PNG")
    return out.getvalue()


def _many_scans() -> bytes:
    """A JPEG of some kilobytes that asks for sixty walks over its picture."""
    out = BytesIO()
    Image.new("L", (64, 64), 128).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last_scan = whole[whole.rfind(b"\xff\xda") : -2]
    return whole[:-2] + last_scan * 60 + b"\xff\xd9"


def _broken() -> bytes:
    whole = bytes(photo_file(size=(800, 600)).read())
    return whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("bomb.png", _bomb(), "not a photo we can read"),
        ("wide.png", _just_too_many_pixels(), "more than 50 million pixels"),
        ("scans.jpg", _many_scans(), "not a photo we can read"),
        ("pieces.jpg", b"\xff\xd8" + b"\xff\xe1\x00\x02" * 1001, "not a photo we can read"),
        ("half.jpg", _broken(), "not a photo we can read"),
        ("virus.jpg", b"MZ\x90\x00 this is no picture", "not a photo we can read"),
        ("page.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a photo"),
        ("film.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a photo we can read"),
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "This is a HEIC photo"),
        ("big.jpg", b"\xff\xd8\xff" + b"\x00" * (10 * 1024 * 1024), "larger than 10 MB"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason_and_the_text_stays(
    client: Client, name: str, data: bytes, said: str
) -> None:
    page = say(client, photos=SimpleUploadedFile(name, data, "image/jpeg")).content.decode()
    assert said in page
    assert name in page
    assert "路灯坏了" in page
    assert not Feedback.objects.exists()


def test_photos_alone_are_no_message(client: Client) -> None:
    page = say(client, photos=photo_file(), content=None, service_rating=None).content.decode()
    assert "one of them is enough" in page


def test_no_photo_is_no_error_even_when_the_browser_sends_an_empty_one(client: Client) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = part.format("content", "", "hello") + part.format("photos", '; filename=""', "") + "--x--\r\n"
    answer = client.generic("POST", "/p/", body, content_type="multipart/form-data; boundary=x")
    assert receipt_in(answer)


def test_a_progressive_photo_is_taken_whatever_a_phone_adds_behind_the_picture(client: Client) -> None:
    data = photo_file(size=(800, 600), progressive=True).read() + b"film \xff\xda" * 1000
    receipt_in(say(client, photos=SimpleUploadedFile("motion.jpg", data, "image/jpeg")))
    assert Attachment.objects.count() == 1
