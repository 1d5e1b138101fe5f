"""Pictures of the explorer for the documentation, and how long a click takes to redraw it.

``python -m benchmarks.explorer`` writes docs/explorer-*.png and docs/report.png; with ``--speed`` it measures instead.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCS = Path(__file__).resolve().parents[1] / "docs"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SERVE = """
from krasbypass.web.server import run_server
run_server(port=0, announce=lambda served: print(served.url, flush=True))
"""
LUNG = "#tissue=NSCLC&alteration=KRAS:G12C&drug=sotorasib"
COLON = "#tissue=CRC&alteration=KRAS:G12C&alteration=PIK3CA:H1047R&drug=sotorasib&drug=cetuximab"
Act = Callable[["Page"], None]


class Shot(NamedTuple):
    """A picture: its name, the address, the window, the theme, and what is done first."""

    name: str
    where: str
    width: int = 1280
    theme: str = "light"
    act: Act = lambda page: None


def _open_closers(page: Page) -> None:
    page.click('#outputs tr[data-output="MAPK"] button')
    page.click("#tab-closers")
    page.wait_for_selector("#pane-closers .card")


def _open_forecast(page: Page) -> None:
    page.click("#tab-escapes")
    page.wait_for_selector("#pane-escapes .card", timeout=120_000)


def _add_closer(page: Page) -> None:
    page.fill("#pick-drugs input", "TNO155")
    page.wait_for_selector("#pick-drugs .option.active")
    page.keyboard.press("Enter")
    page.wait_for_selector('#picture[data-query*="TNO155"]')
    page.click("#tab-changes")
    page.mouse.move(5, 5)


def _light_route(page: Page) -> None:
    page.click("#pane-routes .route")
    page.hover("#pane-routes .route")


def _run_query(page: Page) -> None:
    page.fill("#filter", "alterations that act on")
    page.locator("#queries button").first.click()
    page.wait_for_selector(".yasr table tbody tr:nth-child(9)")


SHOTS = (
    Shot("explorer-before", LUNG + "&phase=baseline"),
    Shot("explorer-acute", LUNG + "&phase=acute"),
    Shot("explorer-adapted", LUNG),
    Shot("explorer-closers", LUNG, act=_open_closers),
    Shot("explorer-closed", LUNG, 1280, "dark", _add_closer),
    Shot("explorer-route", COLON, 1920, "light", _light_route),
    Shot("explorer-forecast", LUNG, 1920, "dark", _open_forecast),
    Shot("explorer-sparql", "sparql/ui", act=_run_query),
)


@contextmanager
def run_explorer() -> Iterator[str]:
    """Run a server on a free port; its address is given."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def take_pictures(browser: Browser, address: str, folder: Path) -> list[Path]:
    """Write all pictures."""
    files = []
    for shot in SHOTS:
        size = {"width": shot.width, "height": shot.width * 5 // 8}
        context = browser.new_context(viewport=size, color_scheme=shot.theme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address + shot.where)
        page.wait_for_selector("body.ready")
        shot.act(page)
        page.wait_for_timeout(700)
        files.append(folder / f"{shot.name}.png")
        page.screenshot(path=files[-1])
        context.close()
    return files


def take_report(browser: Browser, folder: Path) -> Path:
    """Write the picture of a report, down to its heat map."""
    import krasbypass as kb
    from krasbypass.dossier import make_report
    from krasbypass.pages import write_report

    network = kb.build_signalling_network(kb.load_knowledge())
    report = make_report(network, kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    page = browser.new_page(viewport={"width": 1060, "height": 800})
    with TemporaryDirectory() as made:
        page.goto(write_report(report, Path(made) / "case.html")[0].as_uri())
        end = page.evaluate("document.querySelector('#escapes').getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": 1060, "height": end + 24}
        page.screenshot(path=folder / "report.png", full_page=True, clip=clip)  # type: ignore[arg-type]
    page.close()
    return folder / "report.png"


def measure_clicks(browser: Browser, address: str) -> dict[str, list[float]]:
    """Return ms from a choice to the redrawn picture, and to the first page that can be used.

    Each drug is new to the server, so that nothing comes from a memory.
    """
    drugs = (
        "sotorasib", "TNO155", "trametinib", "cetuximab", "alpelisib", "palbociclib",
        "erdafitinib", "everolimus", "binimetinib", "afatinib", "capivasertib", "adagrasib",
    )  # fmt: skip
    starts = ("#tissue=NSCLC&alteration=KRAS:G12C", "#tissue=CRC&alteration=KRAS:G12C,MET:amp")
    took: dict[str, list[float]] = {"click": [], "first page": []}
    for start in starts:
        page = browser.new_page()
        page.goto(address + start.replace(",", "&alteration="))
        page.wait_for_selector("body.ready")
        usable = "() => performance.getEntriesByName('usable')[0].startTime"
        took["first page"].append(page.evaluate(usable))
        for drug in drugs:
            page.fill("#pick-drugs input", drug)
            page.wait_for_selector("#pick-drugs .option.active")
            page.keyboard.press("Enter")
            page.wait_for_selector(f'#picture[data-query$="{drug}"]')
            took["click"].append(float(page.get_attribute("#picture", "data-took") or "nan"))
            page.wait_for_timeout(400)
        page.close()
    return took


def main() -> None:
    """Draw, or measure."""
    with run_explorer() as address, open_browser() as browser:
        if "--speed" in sys.argv:
            for name, values in measure_clicks(browser, address).items():
                print(f"{name}: median {median(values):.0f} ms, highest {max(values):.0f} ms")
        else:
            files = [*take_pictures(browser, address, DOCS), take_report(browser, DOCS)]
            print("\n".join(f"wrote {file}" for file in files))


if __name__ == "__main__":
    main()
