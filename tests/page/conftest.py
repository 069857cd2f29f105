"""One browser for all tests of a worker; a test without one says loudly that it did not run."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcat.output.market_page import market_page
from tests.catalog.conftest import new_shop, shop, svcat
from tests.catalog.shop import offerings_of
from tests.page.chromium import Page, chromium, find_chromium

__all__ = ["new_shop", "shop", "svcat"]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Page]:
    program = find_chromium()
    if program is None:
        pytest.skip("THE HTML PAGE IS NOT TESTED: no Chromium; run scripts/test-machine.sh")
    with chromium(program) as page:
        yield page


@pytest.fixture
def opened(browser: Page, tmp_path: Path) -> Opened:
    """What opens the page of some services in the browser, as nobody had been there before."""

    def open_page(*services: dict[str, Any], **more: Any) -> Page:
        offers = [(o.broker, o.service) for o in offerings_of(*services, **more)]
        file = tmp_path / "marketplace.html"
        file.write_text(market_page(offers, NOW), encoding="utf-8")
        browser.requests.clear()
        browser.complaints.clear()
        browser.resize(1200, 900)
        browser.open(file)
        return browser

    return open_page
