"""Photos are decoded and drawn anew on arrival: what is stored is pixels only, no EXIF, no place, no camera."""

import re
import struct
import threading
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from feedback.services import Photo

PHOTOS_MAX = 3
PHOTO_BYTES_MAX = 10 * 1024 * 1024
PIXELS_MAX = 50_000_000
EDGE = 1600  # pixels: a number plate or a street sign stays readable
_QUALITY = 82
# A progressive JPEG comes in some ten scans, and each is a walk over the whole picture; a small file can ask for a
# million of them.
SCANS_MAX = 50
SEGMENTS_MAX = 1000
_START, _END, _SCAN = b"\xd8", b"\xd9", b"\xda"
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # in a scan, 0xFF before any other byte is data
_FORMATS = ("JPEG", "PNG", "WEBP")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"avif")
# Whatever a decoder says about a damaged or hostile file.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError, struct.error)
# A photo of 50 million pixels needs some 200 MB while it is drawn: one at a time in each process.
_DRAWING = threading.Lock()


class PhotoRefusedError(Exception):
    """The photo was not taken; the text says why, in the resident's language."""


def photo_read(file: IO[bytes], *, size: int) -> Photo:
    """Re-encode one uploaded file of ``size`` bytes as an upright JPEG of at most 1600 pixels an edge, no metadata.

    Raises ``PhotoRefusedError`` for what is no JPEG, PNG or WebP picture, is damaged, or is too large.
    """
    if size > PHOTO_BYTES_MAX:
        raise PhotoRefusedError(_("This photo is larger than 10 MB. Choose a smaller one, or a screenshot of it."))
    if _is_heic(file):
        raise PhotoRefusedError(
            _("This is a HEIC photo, which we cannot read. Take a screenshot of it, or save it as JPEG, and add that.")
        )
    if _is_laborious(file):
        raise PhotoRefusedError(_unreadable())
    with _DRAWING:
        picture = _drawn_anew(file)
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Photo(out.getvalue(), "image/jpeg", picture.width, picture.height)


def _unreadable() -> str:
    return _("This file is not a photo we can read, or it is damaged. Choose a JPEG, PNG or WebP photo.")


def _is_laborious(file: IO[bytes]) -> bool:
    """Whether a JPEG file asks for more scans, or is cut into more segments, than any camera makes."""
    data = file.read()
    file.seek(0)
    scans, place = 0, 0 if data.startswith(b"\xff" + _START) else len(data)
    for _segment in range(SEGMENTS_MAX):
        marker = _MARKER.search(data, place)
        if marker is None or marker[1] == _END:
            return scans > SCANS_MAX
        place = marker.end()
        if marker[1] != _START:  # every other marker is followed by its length
            place += int.from_bytes(data[place : place + 2], "big")
        scans += marker[1] == _SCAN
    return True


def _is_heic(file: IO[bytes]) -> bool:
    head = file.read(12)
    file.seek(0)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def _drawn_anew(file: IO[bytes]) -> Image.Image:
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise PhotoRefusedError(_("This photo has more than 50 million pixels. Choose a smaller one."))
            picture.draft("RGB", (EDGE, EDGE))  # a JPEG is decoded at a fraction of its size
            picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
            return _on_white(ImageOps.exif_transpose(picture))
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise PhotoRefusedError(_unreadable()) from error


def _on_white(picture: Image.Image) -> Image.Image:
    """A new picture with the pixels alone: comments, EXIF, XMP and profiles stay behind."""
    page = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        page.paste(layered, mask=layered.getchannel("A"))
    else:
        page.paste(picture.convert("RGB"))
    return page
