"""What people read when there is nothing at an address: officers are led to the office, residents to the poster."""

from django.test import Client


def test_an_officer_is_led_back_to_the_office(db: None) -> None:
    answer = Client().get("/office/nowhere/", {"lang": "en"})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert 'href="/office/"' in page
    assert "poster" not in page


def test_a_resident_is_led_to_the_poster_and_the_first_page(db: None) -> None:
    answer = Client().get("/nowhere/", {"lang": "en"})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "scan the code on the poster again" in page
    assert "/office/" not in page
