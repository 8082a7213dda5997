"""Codes and posters as files: each is read back as a phone would read it."""

import time
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from PIL import Image
from pypdf import PdfReader
from pytest_django import Settings

from accounts.models import Officer
from opinion_portal import clock
from stations.links import point_url, point_url_short
from stations.models import PointCode, SensingPoint
from stations.posters import DANGER, PRIVACY, PROMISE, poster_pdf
from stations.qr import qr_matrix, qr_png, qr_svg
from stations.selectors import live_code
from stations.services import code_revoke

Screen = Callable[[Officer], Client]
A4 = (595.28, 841.89)  # points


@pytest.fixture
def code(point: SensingPoint) -> PointCode:
    live = live_code(point)
    assert live
    return live


def _read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def _rendered(pdf: bytes, dots_per_inch: int = 100) -> Image.Image:
    page: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=dots_per_inch / 72).to_pil()
    return page


def _file(screen: Client, address: str) -> bytes:
    answer = screen.get(address)
    assert answer.status_code == 200, address
    return answer.getvalue()


def test_the_address_in_the_code_is_the_public_one(code: PointCode) -> None:
    assert point_url(code.code) == f"http://127.0.0.1:8000/p/{code.code}/"
    assert point_url_short(code.code) == f"127.0.0.1:8000/p/{code.code}"


def test_the_poster_is_one_a4_page_from_which_a_phone_reads_the_code(code: PointCode) -> None:
    pdf = poster_pdf(code)
    page = PdfReader(BytesIO(pdf)).pages
    assert len(page) == 1
    assert (float(page[0].mediabox.width), float(page[0].mediabox.height)) == pytest.approx(A4, abs=0.1)
    assert _read(_rendered(pdf)) == [point_url(code.code)]


def test_the_poster_is_read_when_a_part_of_the_code_is_covered(code: PointCode) -> None:
    picture = _rendered(poster_pdf(code))
    width, height = picture.size
    picture.paste((255, 255, 255), (width // 2 - 22, height * 44 // 100, width // 2 + 22, height * 44 // 100 + 44))
    assert _read(picture) == [point_url(code.code)]


def test_the_poster_says_what_people_need_to_know(code: PointCode) -> None:
    text = PdfReader(BytesIO(poster_pdf(code))).pages[0].extract_text().replace("\n", " ")
    spaced = f"{code.code[:4]} {code.code[4:]}"
    said = [*PROMISE, PRIVACY, DANGER, "110", code.point.name, code.point.code, spaced, "沈阳市公安局沈河分局"]
    for words in [*said, point_url_short(code.code), "16 位回执", "In an emergency call 110"]:
        assert words in text, words


def test_every_font_of_the_poster_is_embedded_as_a_subset(code: PointCode) -> None:
    resources = PdfReader(BytesIO(poster_pdf(code))).pages[0]["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]  # type: ignore[index]  # a dictionary by its nature
    assert len(fonts) == 2
    for font in fonts:
        descendant = font["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
        assert "+" in font["/BaseFont"]


def test_a_poster_is_small_enough_to_send(code: PointCode) -> None:
    assert len(poster_pdf(code)) < 80_000


def test_a_very_long_name_still_makes_one_readable_page(code: PointCode) -> None:
    code.point.name = "某某社区" * 15
    code.point.name_en = "A very long name of a place " * 4
    pdf = poster_pdf(code)
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    assert _read(_rendered(pdf)) == [point_url(code.code)]


def test_png_and_svg_carry_the_same_code(code: PointCode) -> None:
    picture = Image.open(BytesIO(qr_png(point_url(code.code))))
    assert picture.size[0] >= 600
    assert _read(picture.convert("RGB")) == [point_url(code.code)]
    side = len(qr_matrix(point_url(code.code))) + 8
    assert f'viewBox="0 0 {side * 2}'.encode() in qr_svg(point_url(code.code))


def test_a_station_downloads_code_and_poster_of_its_point(code: PointCode, danan: Officer, at_screen: Screen) -> None:
    screen = at_screen(danan)
    assert _read(Image.open(BytesIO(_file(screen, "/office/points/SH-014/code.png"))).convert("RGB")) == [
        point_url(code.code)
    ]
    assert _file(screen, "/office/points/SH-014/code.svg").lstrip().startswith(b"<?xml")
    assert _file(screen, "/office/points/SH-014/poster.pdf").startswith(b"%PDF-")


def test_the_zip_holds_thirty_posters_and_is_made_in_seconds(centre: Officer, at_screen: Screen) -> None:
    started = time.process_time()
    archive = ZipFile(BytesIO(_file(at_screen(centre), "/office/points/posters.zip")))
    assert time.process_time() - started < 15  # three seconds on a quiet machine
    names = archive.namelist()
    assert len(names) == len(set(names)) == 30
    assert names[0] == "SH-001 帅府社区居民活动室.pdf"
    live = PointCode.objects.get(point__code="SH-030", revoked_at__isnull=True)
    assert _read(_rendered(archive.read(names[-1]))) == [point_url(live.code)]


def test_the_zip_of_a_station_holds_its_own_posters_alone(danan: Officer, at_screen: Screen) -> None:
    archive = ZipFile(BytesIO(_file(at_screen(danan), "/office/points/posters.zip")))
    assert [name[:6] for name in archive.namelist()] == ["SH-014", "SH-016"]


def test_a_point_without_a_live_code_has_no_poster_and_says_so(
    code: PointCode, centre: Officer, at_screen: Screen
) -> None:
    # One other poster is as good as thirty, which take seconds.
    PointCode.objects.exclude(point__code__in=["SH-013", "SH-014"]).update(revoked_at=clock.now())
    code_revoke(code=code, reason="lost", actor=centre)
    screen = at_screen(centre)
    for name in ("code.png", "code.svg", "poster.pdf"):
        answer = screen.get(f"/office/points/SH-014/{name}", follow=True)
        assert answer.redirect_chain == [("/office/points/SH-014/", 302)]
        assert "没有可用二维码" in answer.content.decode()
    names = ZipFile(BytesIO(_file(screen, "/office/points/posters.zip"))).namelist()
    assert {name[:6] for name in names} == {"SH-013"}


def test_a_leader_reads_about_points_and_prints_nothing(
    code: PointCode, officer: Callable[..., Officer], at_screen: Screen
) -> None:
    screen = at_screen(officer("leader", "boss"))
    assert "code.svg" not in screen.get("/office/points/SH-014/").content.decode()
    for name in ("SH-014/code.png", "SH-014/code.svg", "SH-014/poster.pdf", "posters.zip"):
        assert screen.get(f"/office/points/{name}").status_code == 404


def test_another_stations_poster_is_not_found(danan: Officer, at_screen: Screen) -> None:
    for name in ("code.png", "code.svg", "poster.pdf"):
        assert at_screen(danan).get(f"/office/points/SH-001/{name}").status_code == 404


@pytest.mark.django_db
def test_the_link_command_prints_the_address_of_a_live_code(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import CommandError, call_command

    call_command("point_link")
    live = PointCode.objects.get(point__code="SH-001", revoked_at__isnull=True)
    assert capsys.readouterr().out.strip() == point_url(live.code)
    with pytest.raises(CommandError):
        call_command("point_link", "SH-999")


@pytest.mark.parametrize("address", ["/office/points/", "/office/points/SH-014/"])
def test_whoever_prints_is_told_when_the_codes_would_lead_every_phone_to_itself(
    address: str, centre: Officer, at_screen: Screen, settings: Settings
) -> None:
    screen = at_screen(centre)
    assert "这些码先不要张贴" in screen.get(address).content.decode()
    settings.PUBLIC_BASE_URL = "http://192.0.2.7:8000"
    assert "这些码先不要张贴" not in screen.get(address).content.decode()


def test_the_poster_itself_carries_no_warning_for_those_who_print_it(code: PointCode) -> None:
    assert "这些码先不要张贴" not in PdfReader(BytesIO(poster_pdf(code))).pages[0].extract_text()
