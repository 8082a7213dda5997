"""Files that officers hand in: photos drawn anew, PDFs taken as they are. Nothing else is taken, nothing is trusted."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _

from feedback.resident.photos import PhotoRefusedError, photo_read

BYTES_MAX = 10 * 1024 * 1024
PDF, JPEG = "application/pdf", "image/jpeg"
_PDF_HEAD = b"%PDF-"
_NAME_MAX = 100
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\"'<>\\/]+")


@dataclass(frozen=True)
class Piece:
    """One file, checked: what it is called, what it is, its bytes."""

    name: str
    media_type: str
    data: bytes


class FileRefused(Exception):
    """The file was not taken; the text says why, in the officer's language."""


def evidence_read(file: UploadedFile) -> Piece:
    """A photo, drawn anew without its metadata, or a PDF. Raises ``FileRefused`` for anything else."""
    if _is_pdf(file):
        return document_read(file)
    name = _name(file)
    try:
        photo = photo_read(file, size=_size(file))
    except PhotoRefusedError as error:
        raise FileRefused(f"{name}: {error}") from error
    return Piece(f"{PurePath(name).stem}.jpg", JPEG, photo.data)


def document_read(file: UploadedFile) -> Piece:
    """A PDF of at most ten megabytes. Raises ``FileRefused`` for anything else."""
    name = _name(file)
    if not _is_pdf(file):
        raise FileRefused(_("%(name)s is no PDF. Save it as PDF and choose that file.") % {"name": name})
    if _size(file) > BYTES_MAX:
        raise FileRefused(_("%(name)s is larger than 10 MB. Choose a smaller one.") % {"name": name})
    stem = PurePath(name).stem
    return Piece(f"{stem}.pdf", PDF, file.read())


def _is_pdf(file: UploadedFile) -> bool:
    head = cast("bytes", file.read(len(_PDF_HEAD)))
    file.seek(0)
    return head == _PDF_HEAD


def _size(file: UploadedFile) -> int:
    return file.size or 0


def _name(file: UploadedFile) -> str:
    """The file's name without what could lead a reader astray; long ones keep their beginning."""
    name = _NOT_IN_NAMES.sub("", PurePath(file.name or "").name).strip(" .")
    stem = PurePath(name).stem[: _NAME_MAX - 8]
    return f"{stem or _('file')}{PurePath(name).suffix[:6]}"


def file_response(data: bytes, media_type: str, name: str) -> HttpResponse:
    """Hand out one file so that no browser runs anything in it: pictures are shown, all else is saved."""
    is_picture = media_type == JPEG
    known = media_type if media_type in {JPEG, PDF} else "application/octet-stream"
    response = HttpResponse(data, content_type=known)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = f'{"inline" if is_picture else "attachment"}; filename="{name}"'
    return response
