"""What the walk carries in its hands: a photo from a phone, a poster from the wall, a file of letters."""

from io import BytesIO
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base
from playwright.sync_api import FilePayload

GPS_WORDS = b"Phone-of-nobody"


def phone_photo() -> FilePayload:
    """A JPEG as phones make it: with the camera's name and the place in its metadata."""
    picture = Image.new("RGB", (1200, 900), "#b8c4d6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((120, 380, 1080, 900), fill="#6b7686")
    pen.rectangle((480, 560, 720, 900), fill="#39424f")
    exif = Image.Exif()
    exif[Base.Model] = GPS_WORDS.decode()
    exif[IFD.GPSInfo] = {
        GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (41.0, 47.0, 44.0),
        GPS.GPSLongitudeRef: "E", GPS.GPSLongitude: (123.0, 27.0, 20.0),
    }  # fmt: skip
    stream = BytesIO()
    picture.save(stream, "JPEG", exif=exif)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def photo_place(data: bytes) -> dict[int, object]:
    """The place in a photo's metadata; empty when it has none."""
    return dict(Image.open(BytesIO(data)).getexif().get_ifd(IFD.GPSInfo))


def poster_link(pdf: Path) -> str:
    """The address in the code on a poster's first page, read as a phone's camera reads it."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()
    return str(zxingcpp.read_barcodes(page)[0].text)


def letters_file(rows: list[str]) -> FilePayload:
    """A CSV as other systems export it: Chinese header, one letter a row."""
    text = "\r\n".join(["编号,标题,内容,类型", *rows]) + "\r\n"
    return {"name": "来信.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
