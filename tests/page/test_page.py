"""``marketplace -o html`` in a real browser: it loads nothing, and no broker writes markup."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.shop import MAILBOX, POSTGRESQL, REDIS, Shop, plan, priced, service, takes
from tests.cli_updates.svcat import Svcat
from tests.page.chromium import Page

Opened = Callable[..., Page]
SHOP = (REDIS, POSTGRESQL, MAILBOX)


def box(name: str) -> str:
    return f'.pick[aria-label="Compare {name}"]'


def test_the_command_writes_one_page_that_stands_alone(
    svcat: Svcat, shop: Shop, browser: Page, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(svcat.run("marketplace", "-o", "html", "-c", "postgresql").out)
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(file)
    assert browser.texts("h3") == ["PostgreSQL"]
    assert browser.texts(".shelf-name") == ["team"]
    assert browser.requests == [file.as_uri()]
    assert browser.complaints == []


def test_every_class_is_there_with_its_plans_and_prices(opened: Opened) -> None:
    page = opened(*SHOP)
    assert page.texts("#count") == ["3 services with 6 plans"]
    assert page.texts("h3") == ["mailbox", "PostgreSQL", "redis"]
    assert page.texts(".cost") == [
        "5 EUR",
        "free",
        "49 EUR or 55 USD / month",
        "399.5 EUR / month",
        "free",
        "paid",
    ]
    assert page.texts(".card-links a") == ["Documentation (docs.example.com)"]


def test_typing_narrows_it_by_all_words(opened: Opened) -> None:
    page = opened(*SHOP)
    page.type("/")  # as a user who does not reach for the mouse
    page.type("sql medium")
    page.wait_for("document.querySelector('#count').textContent === '1 service with 1 plan'")
    assert page.texts(".plan-name") == ["medium"]
    page.type("x")
    page.wait_for("document.querySelector('.empty')")
    assert page.texts("h3") == []


def test_price_credentials_and_tags_narrow_it(opened: Opened) -> None:
    page = opened(*SHOP)
    page.click("input[value=paid] + span")
    assert page.texts(".plan-name") == ["standard", "medium", "large", "large"]
    page.click("#bindable + span")
    assert page.texts(".plan-name") == ["medium", "large"]
    page.click("input[value=''] + span")
    page.tell(
        "[...document.querySelectorAll('#tags button')].find(b => b.innerText == 'cache').click()"
    )
    assert page.texts(".plan-name") == ["small"]
    page.click("#tags [aria-pressed=true]")
    assert page.texts("h3") == ["PostgreSQL", "redis"]


def test_a_plan_opens_to_what_it_includes_and_takes(opened: Opened) -> None:
    page = opened(*SHOP)
    page.click(".card:nth-child(2) .plan:nth-child(2) summary")
    page.wait_for("document.querySelector('.bullets')")
    assert page.texts(".bullets li") == ["2 CPU", "1 read replica"]
    rows = [" ".join(text.split()) for text in page.texts(".parameters tr")]
    assert rows[0] == "size_gb * integer, 10 to 500, default 20, required Disk"
    assert page.texts(".command code") == [
        "svcat provision NAME --class postgresql --plan medium --broker team"
    ]


def test_plans_are_compared_and_what_differs_stands_out(opened: Opened) -> None:
    page = opened(*SHOP)
    assert page.texts("#tray") == []
    page.click(box("postgresql/small"))
    assert page.tell("document.querySelector('#compare').disabled")
    page.click(box("postgresql/medium"))
    page.click("#compare")
    assert page.texts("#facts thead th") == ["small", "medium"]
    differing = page.texts("#facts .differs th")
    assert "Cost" in differing
    assert "provision replicas" in differing
    assert "Service" not in differing
    page.click("#differences + span")
    assert page.texts("#facts tbody th") == differing
    page.click("#close")
    page.click("#clear")
    assert page.texts("#tray") == []
    assert not page.tell("[...document.querySelectorAll('.pick')].some(box => box.checked)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_in_both_lights_and_on_a_narrow_screen(opened: Opened, scheme: str) -> None:
    page = opened(*SHOP)
    page.prefer(scheme)
    for width in (1200, 320):
        page.resize(width, 700)
        assert page.tell("document.documentElement.scrollWidth") <= width
        for selector in ("h3", ".card-text", ".cost", ".card-sub", "button.quiet"):
            assert contrast(page, selector) >= 3.0, selector
    assert contrast(page, ".card-text") >= 7.0


def contrast(page: Page, selector: str) -> float:
    """The contrast of a text to what is behind it, as WCAG 2.1 has it."""
    colours = page.tell(
        "(e => { const of = (e, p) => getComputedStyle(e)[p]; let back = e;"
        " while (of(back, 'backgroundColor') === 'rgba(0, 0, 0, 0)') back = back.parentElement;"
        " return [of(e, 'color'), of(back, 'backgroundColor')]; })"
        f"(document.querySelector('{selector}'))"
    )
    light, dark = sorted((luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_pictures_come_when_asked_for_and_from_https_alone(opened: Opened) -> None:
    addresses = {
        "good": "https://pictures.invalid/good.png",
        "plain": "http://pictures.invalid/plain.png",
        "inline": "data:image/svg+xml,<svg onload=alert(1)>",
        "script": "javascript:alert(1)",
        "login": "https://user:pw@pictures.invalid/login.png",
    }
    offers = [
        service(name, plan("p"), metadata={"imageUrl": url}) for name, url in addresses.items()
    ]
    page = opened(*offers)
    assert [url for url in page.requests if "invalid" in url] == []
    page.click("#icons")
    page.tell("new Promise(done => setTimeout(done, 0))")
    page.wait_for("performance.getEntriesByType('resource').length")
    assert [url for url in page.requests if not url.startswith("file:")] == [addresses["good"]]


NASTY = [
    "<img src=x onerror=hacked=1>",
    "</script><script>hacked=1</script>",
    "<!--<script>",
    "]]>--></style></template></dialog>",
    "{{style}} {{data}} {{script}}",
    "&lt;b&gt; &quot; ' \" ` ${hacked=1} \\u003c \\",
    "javascript:hacked=1",
    "\u202egnp.exe\u2066 \u200b\ufeff",
    "\u2028\u2029 \x00\x1b[31m\x9b",
    "x" * 5000,
]


def test_whatever_a_broker_says_is_read_and_never_run(opened: Opened) -> None:
    said = "\n".join(NASTY)
    offers = [
        service(
            text,
            plan(
                text,
                description=said,
                metadata={
                    **priced({text: 1}, text),
                    "displayName": text + "!",
                    "bullets": NASTY,
                },
                schemas=takes({text: {"description": said, "default": text, "type": text}}),
                maintenance_info={"version": text},
            ),
            id=f"id-{number}",
            description=said,
            tags=[text],
            metadata={
                "displayName": text,
                "longDescription": said,
                "providerDisplayName": text,
                "documentationUrl": text,
                "supportUrl": f"javascript:hacked=1//{text}",
                "imageUrl": text,
            },
        )
        for number, text in enumerate(NASTY)
    ]
    page = opened(*offers)
    page.tell("document.querySelectorAll('summary').forEach(each => each.click())")
    page.wait_for("document.querySelectorAll('.bullets').length === 10")
    page.tell("[...document.querySelectorAll('.pick')].slice(0, 3).forEach(each => each.click())")
    page.click("#compare")

    assert page.tell("typeof hacked") == "undefined"
    assert page.complaints == []
    assert all(url.startswith("file:") for url in page.requests)
    assert page.tell("document.querySelectorAll('#shelves img, #shelves script').length") == 0
    assert page.tell("document.querySelectorAll('a').length") == 0
    shown = page.tell("document.body.textContent")
    for readable in NASTY[:7]:
        assert readable in shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u0000\u001b\u009b]", page_text(page))
    assert page.tell("document.documentElement.scrollWidth") <= 1200


def page_text(page: Page) -> str:
    text: Any = page.tell(
        "document.querySelector('main').innerText + document.querySelector('#facts').innerText"
    )
    return str(text)


def test_nobody_is_given_a_command_that_does_more_than_it_says(opened: Opened) -> None:
    names = ["a; rm -rf ~", "$(reboot)", "a'b", "line\nbreak", "\u202eright"]
    page = opened(*(service(f"s{i}", plan(name)) for i, name in enumerate(names)))
    page.tell("document.querySelectorAll('summary').forEach(each => each.click())")
    page.wait_for("document.querySelectorAll('.traits').length === 5")
    start = "svcat provision NAME --class"
    assert page.texts(".command code") == [
        f"{start} s0 --plan 'a; rm -rf ~' --broker team",
        f"{start} s1 --plan '$(reboot)' --broker team",
        f"""{start} s2 --plan 'a'"'"'b' --broker team""",
    ]


def test_a_very_large_catalog_stays_quick(opened: Opened) -> None:
    offers = [service(f"s{i:03}", *(plan(f"p{n}") for n in range(20))) for i in range(500)]
    page = opened(*offers)
    assert page.texts("#count") == ["500 services with 10,000 plans"]
    assert page.tell("document.querySelectorAll('.card').length") == 100
    assert page.tell("document.querySelectorAll('.card:first-child .plan').length") == 6
    page.click(".all-plans")
    assert page.tell("document.querySelectorAll('.card:first-child .plan').length") == 20
    page.click("#more")
    assert page.tell("document.querySelectorAll('.card').length") == 200
    page.type("/")
    page.type("s499 p19")
    page.wait_for("document.querySelector('#count').textContent === '1 service with 1 plan'")


def test_an_empty_marketplace_says_so(opened: Opened) -> None:
    assert opened().texts(".empty") == ["There is nothing to provision yet."]
