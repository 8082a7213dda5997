"""One walk through the portal: a resident speaks, officers listen, the centre decides, the resident reads what became
of it. The tests tell one story and build on each other in the order in which they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import story as said
from tests.browser.pictures import picture_folder, pictures_take
from tests.browser.story import Story
from tests.browser.things import letters_file, phone_photo, photo_place, poster_link
from tests.browser.visitors import PHONE, Visitors, zh
from tests.browser.watching import Watch
from tests.support.programs import until
from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def story(portal: PortalStack) -> Story:
    return Story(portal)


@pytest.fixture(scope="module")
def phone(visitors: Visitors) -> BrowserContext:
    """The first resident's phone."""
    return visitors.context(**PHONE)


@pytest.fixture
def centre(visitors: Visitors) -> Iterator[Page]:
    page = visitors.desk("centre").new_page()
    yield page
    page.close()


@pytest.fixture
def officer(visitors: Visitors) -> Iterator[Page]:
    """An officer of the station near the poster."""
    page = visitors.desk("station_officer").new_page()
    yield page
    page.close()


def test_an_officer_must_choose_a_password_before_anything_else(visitors: Visitors) -> None:
    page = visitors.context().new_page()
    visitors.log_in(page, "discipline")
    expect(page).to_have_url(re.compile("/office/password/$"))
    page.goto("/office/dashboard/")
    expect(page).to_have_url(re.compile("/office/password/$"))
    visitors.choose_password(page, "discipline")
    expect(
        page.get_by_role("navigation", name=zh("Main navigation")).get_by_role("link", name=zh("Dashboard"))
    ).to_be_visible()
    page.context.close()


def test_the_centre_prints_a_poster_whose_code_leads_to_the_form(centre: Page, story: Story, tmp_path: Path) -> None:
    ((point,),) = story.portal.rows(
        "SELECT min(p.code) FROM stations_sensingpoint p JOIN accounts_unit u ON u.id = p.station_id WHERE u.code = %s",
        said.STATION,
    )
    centre.goto("/office/points/")
    centre.get_by_role("row").filter(has_text=point).get_by_role("link").click()
    with centre.expect_download() as download:
        centre.get_by_role("link", name=zh("A4 poster (PDF)")).click()
    poster = tmp_path / "poster.pdf"
    download.value.save_as(poster)
    story.link = poster_link(poster)
    assert story.link.startswith(f"{story.portal.url}/p/")


def test_a_resident_scans_it_complains_and_is_given_a_receipt(phone: BrowserContext, story: Story) -> None:
    page = phone.new_page()
    page.goto(story.link)
    assert page.locator("form#voice input:checked").count() == 0
    page.get_by_role("radio", name=zh("Very dissatisfied")).check()
    page.get_by_role("radio", name=zh("Basically safe")).check()
    page.get_by_role("radio", name=zh("Complaint")).check()
    page.get_by_label(zh("What do you want to tell us?")).fill(said.COMPLAINT)
    page.get_by_label(zh("Photos")).set_input_files(phone_photo())
    page.get_by_label(zh("Phone number")).fill(said.PHONE)
    page.locator("[name=contact_consent]").check()
    page.locator("[name=no_call]").check()
    page.get_by_role("button", name=zh("Send"), exact=True).last.dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(zh("Thank you, it has arrived"))
    story.receipts["complaint"] = _receipt(page)
    assert phone.cookies() == []
    assert story.count("feedback_feedback") == 1


def test_nothing_of_the_phone_or_of_the_place_of_the_photo_is_left_to_read(story: Story) -> None:
    ((photo,),) = story.portal.rows("SELECT data FROM feedback_attachment")
    assert photo_place(phone_photo()["buffer"])
    assert not photo_place(bytes(photo))
    rows = [
        story.portal.rows(f"SELECT t::text FROM {table} t")  # noqa: S608  # our own tables
        for table in ("feedback_feedback", "feedback_sealedcontact", "accounts_auditevent")
    ]
    assert said.PHONE not in str(rows)
    assert said.PHONE not in story.portal.log_text()


def test_the_receipt_shows_where_it_stands_and_takes_a_remark(phone: BrowserContext, story: Story) -> None:
    page = _looked_up(phone, story.receipts["complaint"])
    expect(page.get_by_role("heading", level=1)).to_have_text(zh("Received, waiting to be read"))
    expect(page.get_by_text(zh("Nobody has opened it."))).to_be_visible()
    page.get_by_label(zh("Add something")).fill(said.REMARK)
    page.get_by_role("button", name=zh("Add it"), exact=True).click()
    expect(page.get_by_role("status")).to_have_text(zh("What you added has arrived."))
    assert said.COMPLAINT not in page.content(), "a found receipt must not give the words away"


def test_without_javascript_in_english_and_large_type_it_works_as_well(visitors: Visitors, story: Story) -> None:
    context = visitors.context(java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(story.link)
    page.get_by_role("button", name=zh("Large type")).click()
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "elder" in (page.locator("html").get_attribute("class") or "")
    page.get_by_label("What do you want to tell us?").fill(said.ENGLISH)
    page.get_by_role("radio", name="Suggestion").check()
    page.get_by_role("button", name="Send", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, it has arrived")
    story.receipts["english"] = _receipt(page)
    page.get_by_role("button", name="See where it stands").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Received, waiting to be read")
    assert "elder" in (page.locator("html").get_attribute("class") or "")
    context.close()


def test_a_cry_for_help_is_shown_110_at_once_and_stands_on_top_of_the_queue(
    phone: BrowserContext, centre: Page, story: Story
) -> None:
    page = phone.new_page()
    page.goto(story.link)
    page.get_by_label(zh("What do you want to tell us?")).fill(said.DANGER)
    page.get_by_role("button", name=zh("Send"), exact=True).last.click()
    alarm = page.get_by_role("alert")
    expect(alarm).to_contain_text("110")
    assert alarm.get_by_role("link").get_attribute("href") == "tel:110"
    page.close()
    centre.goto("/office/feedback/")
    expect(centre.locator("#alerts")).to_contain_text("1")
    first = centre.locator("[data-row]").first
    expect(first).to_contain_text(said.DANGER[:10])
    first.get_by_role("button").click()
    expect(centre.get_by_role("status")).to_be_visible()
    expect(centre.locator("#alerts")).to_be_empty()


def test_an_officer_saves_a_visit_with_three_opinions_at_once(officer: Page, story: Story) -> None:
    before = story.count("feedback_feedback")
    officer.goto("/office/visits/")
    officer.get_by_role("link", name=zh("Log a visit")).first.click()
    _visit_fill(officer, reached=12)
    for number, words in enumerate(said.HEARD):
        if number:
            officer.get_by_role("button", name=zh("Another opinion")).click()
        officer.locator(f"[name=opinion-{number}-content]").fill(words)
    officer.locator("[name=opinion-1-service_rating]").select_option("4")
    officer.get_by_role("button", name=zh("Save the visit")).click()
    expect(officer).to_have_url(re.compile(r"/office/visits/\d+/$"))
    assert story.count("feedback_feedback") == before + 3
    assert said.HEARD[0] not in officer.content(), "some of it may be about the officer's own unit"


def test_a_visit_saved_without_a_signal_arrives_once(officer: Page, story: Story, watch: Watch) -> None:
    before = story.count("feedback_visit")
    officer.goto("/office/visits/log/")
    with watch.allowing("ERR_INTERNET_DISCONNECTED"):
        officer.context.set_offline(True)
        _visit_fill(officer, reached=3)
        officer.locator("[name=opinion-0-content]").fill("楼道里总有人停电动车充电，担心着火。")
        officer.get_by_role("button", name=zh("Save the visit")).click()
        expect(officer.locator("[data-unsent]")).to_be_visible()
        officer.context.set_offline(False)
        expect(officer.locator("[data-sent]")).to_be_visible()
    officer.reload()
    expect(officer.locator("[data-unsent]")).to_be_hidden()
    assert story.count("feedback_visit") == before + 1


def test_the_centre_imports_letters_and_is_told_which_were_refused(centre: Page, story: Story) -> None:
    centre.goto("/office/imports/")
    centre.get_by_label(zh("File")).set_input_files(letters_file(said.LETTERS))
    centre.get_by_label(zh("Source")).fill("领导信箱")
    centre.get_by_role("button", name=zh("Upload and look")).click()
    expect(centre.get_by_role("heading", level=1)).to_have_text(zh("What do the columns hold?"))
    centre.locator("main form button").first.click()
    result = centre.locator("#import-result")
    expect(result.get_by_text(zh("Neither a text nor a rating"))).to_be_visible(timeout=40_000)
    taken = result.get_by_role("listitem").filter(has=centre.get_by_text(zh("Taken"), exact=True))
    expect(taken).to_contain_text("5")
    story.wait_until_classified()


def test_the_centre_reads_a_suggestion_with_its_words_and_confirms_by_keyboard(centre: Page, story: Story) -> None:
    centre.goto("/office/imports/")
    centre.get_by_role("row").filter(has_text="来信.csv").get_by_role("link").click()
    centre.get_by_role("link", name=zh("Look at these messages in the queue")).click()
    centre.get_by_role("navigation", name=zh("State")).get_by_role("link", name=zh("To be judged")).click()
    expect(centre).to_have_url(re.compile("state=received"))
    _press(centre, "j", "Enter")
    expect(centre.get_by_role("heading", level=1)).to_contain_text(_reference(story.number(said.NOISE)))
    expect(centre.locator(".words mark").first).to_be_visible()
    _press(centre, "1", "n", "c")
    expect(centre.get_by_role("status")).to_contain_text(_reference(story.number(said.NOISE)))
    expect(centre.get_by_role("heading", level=1)).to_contain_text(_reference(story.number(said.DOG)))
    assert _state(story, said.NOISE) == "confirmed"


def test_the_centre_corrects_a_suggestion(centre: Page, story: Story) -> None:
    panel = _decide(centre, story, said.DOG, "confirmed")
    _open(panel.locator(".other-items"))
    panel.locator("[name=item][value=P3]").check()
    panel.locator("[name=kind][value=complaint]").check()
    panel.locator("[name=about][value=none]").check()
    panel.get_by_role("button", name=zh("Confirm")).click()
    expect(centre.get_by_role("status")).to_contain_text("P3")
    assert _state(story, said.DOG) == "confirmed"


def test_the_centre_says_where_to_go_with_what_is_no_police_matter(centre: Page, story: Story) -> None:
    panel = _decide(centre, story, said.ENGLISH, "out_of_scope")
    panel.locator("[name=destination][value='12345']").check()
    panel.locator("button").last.click()
    expect(centre.get_by_role("status")).to_be_visible()
    assert _state(story, said.ENGLISH) == "out_of_scope"


def test_the_centre_joins_a_duplicate_to_its_original(centre: Page, story: Story) -> None:
    panel = _decide(centre, story, said.NOISE_AGAIN, "duplicate")
    panel.locator(f"[name=candidate][value='{story.number(said.NOISE)}']").check()
    panel.locator("button").last.click()
    expect(centre.get_by_role("status")).to_be_visible()
    assert _state(story, said.NOISE_AGAIN) == "duplicate"


def test_the_centre_says_why_something_is_not_taken_up(centre: Page, story: Story) -> None:
    panel = _decide(centre, story, said.NOTHING, "invalid")
    panel.locator("button").last.click()
    assert _state(story, said.NOTHING) == "received", "a reason is asked for"
    panel.locator("[name=reason][value=test]").check()
    panel.locator("button").last.click()
    expect(centre.get_by_role("status")).to_be_visible()
    assert _state(story, said.NOTHING) == "invalid"


def test_the_centre_names_the_station_that_a_complaint_is_about(centre: Page, story: Story) -> None:
    panel = _decide(centre, story, said.COMPLAINT, "confirmed")
    _open(panel.locator(".other-items"))
    panel.locator("[name=item][value=S1]").check()
    panel.locator("[name=about][value=station]").check()
    panel.get_by_role("button", name=zh("Confirm")).click()
    expect(centre.get_by_role("status")).to_contain_text("S1")
    assert _state(story, said.COMPLAINT) == "confirmed"


def test_residents_read_the_outcome_in_plain_words(phone: BrowserContext, story: Story) -> None:
    page = _looked_up(phone, story.receipts["complaint"])
    expect(page.get_by_role("heading", level=1)).to_have_text(zh("Read and taken up"))
    page = _looked_up(phone, story.receipts["english"], "/r/?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Read, not a police matter")
    expect(page.locator("blockquote")).to_contain_text("12345")


@pytest.mark.parametrize("post", ["station_officer", "unit_head"])
def test_the_accused_station_finds_no_trace_of_the_complaint(
    visitors: Visitors, story: Story, watch: Watch, post: str
) -> None:
    page = visitors.desk(post).new_page()
    number = story.number(said.COMPLAINT)
    for address in ("/office/feedback/", f"/office/feedback/?search={said.COMPLAINT[4:8]}"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert _reference(number) not in page.content()
        assert "户籍窗口" not in page.locator("main").inner_text()
    for address in (f"/office/feedback/{number}/", f"/office/feedback/{number}/photos/1/"):
        with watch.allowing("status of 404"):
            answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
    page.close()


def test_the_dashboard_counts_every_voice_with_n_and_interval(centre: Page, story: Story) -> None:
    voices = story.count("feedback_feedback")
    counted = "SELECT coalesce(sum(voices), 0) FROM insights_daytally WHERE dimension = 'all' AND point_id IS NULL"
    until(lambda: int(story.portal.rows(counted)[0][0]) == voices, seconds=40)
    centre.goto("/office/dashboard/")
    tile = centre.get_by_role("listitem").filter(has_text=zh("Voices")).first
    expect(tile).to_contain_text(str(voices))
    rated = centre.get_by_role("listitem").filter(has_text=zh("Rating of the service, mean of 1–5")).first
    expect(rated).to_contain_text("n = 2")
    expect(rated).to_contain_text(re.compile("95.%"))


def test_the_audit_administrator_sees_who_did_what(visitors: Visitors, story: Story) -> None:
    page = visitors.desk("audit_admin").new_page()
    number = story.number(said.COMPLAINT)
    page.goto(f"/office/audit/?object_type=feedback&object_id={number}")
    for act in ("feedback.submit", "feedback.remark", "feedback.classify", "feedback.view"):
        expect(page.locator("main code").get_by_text(act, exact=True).first).to_be_visible()
    assert said.PHONE not in page.content()
    page.close()


def test_the_audit_log_is_whole_and_the_tallies_are_right(portal: PortalStack) -> None:
    assert "is whole" in portal.manage("verify_audit").stdout
    assert "equal the source rows" in portal.manage("verify_tallies").stdout


def test_the_readme_has_its_pictures(visitors: Visitors, portal: PortalStack, story: Story, tmp_path: Path) -> None:
    """With ``WRITE_SCREENSHOTS=1`` they show the demonstration and go into the README; else they are only taken."""
    folder = picture_folder(tmp_path)
    if folder != tmp_path:
        portal.manage("demo")
    pictures_take(visitors, story.link, folder)
    sizes = {
        name: (folder / f"{name}.png").stat().st_size for name in ("dashboard", "queue", "receipt", "resident-form")
    }
    assert all(20_000 < size <= 200 * 1024 for size in sizes.values()), sizes


# Handles --------------------------------------------------------------------------------------------------------
def _receipt(page: Page) -> str:
    receipt = "".join(page.locator("#digits").inner_text().split())
    assert re.fullmatch(r"\d{16}", receipt)
    return receipt


def _looked_up(phone: BrowserContext, receipt: str, address: str = "/r/") -> Page:
    page = phone.pages[-1] if phone.pages else phone.new_page()
    page.goto(address)
    page.locator("[name=receipt]").first.fill(receipt)
    page.locator("main form").get_by_role("button").click()
    return page


def _visit_fill(page: Page, *, reached: int) -> None:
    page.locator("[name=point]").select_option(index=1)
    page.locator("[name=place]").first.check()
    page.locator("[name=reached]").fill(str(reached))


def _press(page: Page, *keys: str) -> None:
    """Keys, once the page's script listens to them."""
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)


def _reference(number: int) -> str:
    return f"F-{number:08d}"


def _state(story: Story, words: str) -> str:
    return str(story.portal.rows("SELECT state FROM feedback_feedback WHERE id = %s", story.number(words))[0][0])


def _decide(centre: Page, story: Story, words: str, state: str) -> Locator:
    """Open the page of what says ``words``, and on it the panel for deciding ``state``."""
    centre.goto(f"/office/feedback/{story.number(words)}/")
    panel = centre.locator(f"#decide-{state}")
    _open(panel)
    return panel


def _open(details: Locator) -> None:
    if details.get_attribute("open") is None:
        details.locator("> summary").click()
