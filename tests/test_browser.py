"""A real browser drives report and explorer: it looks, searches, filters, follows the map, marks and downloads.

Skipped where no chromium is installed, unless MTTQ_BROWSER=required. `MTTQ_SCREENSHOTS=folder` keeps what the browser saw.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from extractor.explorer.app import LOCAL_HOSTS, create_app
from extractor.report import page_name, write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM and os.environ.get("MTTQ_BROWSER") != "required", reason="no chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SHAPES = {"wide": (1280, 900), "narrow": (380, 800)}


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "MTTQ_BROWSER=required, but there is no chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def tab(browser, request):
    """Give a tab; in the end no page asked another host for anything, ran a script of a stranger or broke its policy."""
    width, height = SHAPES["wide"]
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("dialog", lambda d: (said.append("dialog: " + d.message), d.dismiss()))
    yield page
    if folder := os.environ.get("MTTQ_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{request.node.name}.png", full_page=True)
    context.close()
    assert not [u for u in asked if not u.startswith(("file://", "http://127.0.0.1:", "data:"))]
    assert not [text for text in said if "404" not in text], said


@pytest.fixture(scope="module")
def report(fixed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(fixed, folder)
    return folder


@pytest.fixture(scope="module")
def served(fixed, tmp_path_factory):
    """Give the address of an explorer that runs, over a copy of the fixed data set."""
    import uvicorn

    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(fixed, data)
    server = uvicorn.Server(uvicorn.Config(create_app(data, hosts=LOCAL_HOSTS), host="127.0.0.1", port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def contrast(page, selector):
    """Return the least contrast between an element's letters and the ground behind them (WCAG 2)."""
    script = """
    selector => Math.min(...[...document.querySelectorAll(selector)].map(e => {
      const light = c => { const p = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * p[0] + .7152 * p[1] + .0722 * p[2] }
      let ground = e; while (ground && /, 0\\)$|transparent/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement
      const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(ground || document.body).backgroundColor)].sort((x, y) => y - x)
      return (a + .05) / (b + .05) }))"""
    return page.evaluate(script, selector)


# --- report ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_report_is_read(tab, report, shape, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size(dict(zip(("width", "height"), SHAPES[shape], strict=True)))
    tab.goto((report / "index.html").as_uri())

    assert fits(tab)
    assert contrast(tab, "main a, main td, main dt, small") >= 4.5
    tab.get_by_role("link", name="Phân bổ tiền ủng hộ sau bão số 3").first.click()
    assert tab.get_by_role("heading", level=1).inner_text() == "Phân bổ tiền ủng hộ sau bão số 3"
    assert fits(tab)
    assert contrast(tab, ".text, .text a, main td") >= 4.5


def test_facts_are_shown_by_table_and_explained(tab, report):
    tab.goto((report / "articles" / page_name("a09")).as_uri())
    place = tab.locator(".text .f-locations")

    assert place.inner_text() == "huyện Hà Quảng"
    assert place.evaluate("e => e.parentElement.className").startswith("f f-organisations"), "a place inside a body's name is within it"
    assert "district_code = 045" in place.get_attribute("title")
    assert "Ủy ban Mặt trận Tổ quốc Việt Nam huyện Hà Quảng" in place.get_attribute("title")
    seen = place.evaluate("e => getComputedStyle(e).borderBottomColor")
    tab.get_by_label("Địa điểm").uncheck()
    assert place.evaluate("e => getComputedStyle(e).borderBottomColor") != seen
    assert not tab.locator("tr.row-locations").first.is_visible()
    tab.get_by_label("Địa điểm").check()
    place.click()
    assert tab.locator("tr:target").inner_text().startswith("Địa điểm")


def test_a_hostile_title_does_nothing(tab, report):
    tab.goto((report / "articles" / page_name("a16")).as_uri())

    assert tab.title() == "Tin <script>alert(1)</script> không ngày"
    assert tab.locator("img").count() == 0
    tab.goto((report / "index.html").as_uri())
    assert tab.get_by_text("Tin <script>alert(1)</script> không ngày").count() >= 1


# --- explorer ---


def test_search_filter_and_download(tab, served):
    tab.goto(served)
    tab.get_by_role("searchbox").fill("ban lien")
    tab.locator("select[name=table]").select_option("money")
    tab.get_by_role("button", name="Tìm").click()

    assert "q=ban+lien" in tab.url
    assert tab.get_by_role("status").inner_text().startswith("3 kết quả")
    assert tab.locator(".hits mark").all_inner_texts() == ["30 triệu đồng", "30 triệu đồng", "100 triệu đồng"]
    with tab.expect_download() as kept:
        tab.get_by_role("link", name="CSV").click()
    assert "100 triệu đồng" in Path(kept.value.path()).read_text(encoding="utf-8-sig")
    tab.reload()
    assert tab.get_by_role("searchbox").input_value() == "ban lien", "the address is the view"


def test_from_the_map_to_a_fact_and_its_mark(tab, served):
    tab.goto(served + "/map?measure=raised&units=34")
    tab.get_by_role("link", name="Lào Cai: 26.700.000.000").click()
    assert "province=15" in tab.url
    tab.locator("select[name=table]").select_option("money")
    tab.get_by_role("button", name="Tìm").click()
    tab.locator(".hits a.quiet", has_text="tỉnh tiếp nhận 9 tỷ đồng").first.click()
    assert tab.locator("blockquote mark").inner_text() == "9 tỷ đồng"
    tab.get_by_label("Ghi chú").fill("<script>alert(3)</script>")
    tab.get_by_role("button", name="Đúng").click()
    assert tab.url.endswith("#marks")
    assert tab.get_by_text("<script>alert(3)</script>").is_visible()
    tab.goto(served + "/review")
    with tab.expect_download() as kept:
        tab.get_by_role("link", name="Xuất bài chú giải").click()
    assert '"9 tỷ đồng"' in Path(kept.value.path()).read_text(encoding="utf-8")


def test_a_question_leads_to_its_sentences(tab, served):
    tab.goto(served + "/questions")
    tab.get_by_role("link", name="Số tiền quỹ nhận được").click()
    tab.get_by_label("chỉ năm này").fill("2023")
    tab.get_by_role("button", name="Hỏi").click()
    tab.get_by_role("row").filter(has_text="12.500.000.000").get_by_role("link").click()

    assert tab.locator("#evidence + ul mark").all_inner_texts() == ["12,5 tỷ đồng"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_view_fits_and_can_be_read(tab, served, shape, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size(dict(zip(("width", "height"), SHAPES[shape], strict=True)))
    for address in ("/", "/time?measure=facts", "/questions/houses", "/article/a08", "/fact/a08.thu", "/map?measure=raised"):
        tab.goto(served + address)
        assert fits(tab), address
        assert contrast(tab, "main a:not(svg a), main label, main td, button, nav a") >= 4.5, address


def test_all_is_reached_by_keyboard_and_named_for_screen_readers(tab, served):
    tab.goto(served)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#main")
    for address in ("/", "/map", "/time", "/questions/houses", "/article/a08", "/fact/a08.thu"):
        tab.goto(served + address)
        assert tab.locator("h1").count() == 1
        assert tab.evaluate("document.documentElement.lang") == "vi"
        nameless = tab.evaluate("""[...document.querySelectorAll('input:not([type=hidden]), select, textarea, a, button')].filter(e =>
            !(e.labels && e.labels.length) && !e.textContent.trim() && !e.getAttribute('aria-label')).map(e => e.outerHTML)""")
        assert nameless == [], address
        assert tab.evaluate("[...document.querySelectorAll('th')].every(e => e.scope)"), address
    tab.goto(served + "/map")
    tab.get_by_role("link", name="Lào Cai").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/?province=10*", timeout=10_000)


def test_the_language_is_kept(tab, served):
    tab.goto(served)
    tab.get_by_role("link", name="English").click()
    tab.get_by_role("link", name="Ready questions").click()
    tab.get_by_role("link", name="Houses built").click()

    assert "lang=en" in tab.url
    assert tab.get_by_role("button", name="Ask").is_visible()


def test_hostile_words_do_nothing(tab, served):
    for address in ("/article/a16", "/fact/a16.tien", "/?show=articles", "/?q=%3Cscript%3Ealert(9)%3C/script%3E", "/article/%3Cimg%20src=x%20onerror=alert(9)%3E"):
        tab.goto(served + address)
        assert tab.locator("main img, main script").count() == 0
