"""What the browser gets: nothing inline, parsed, or from outside; vendored parts are known."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "src/krasbypass/web/static"
PAGES = sorted(STATIC.glob("*.html"))
SCRIPTS = sorted((STATIC / "app").glob("*.js"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_have_nothing_inline_and_nothing_from_outside(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text) == []
    files = re.findall(r"""(?:src|href)=["']/static/([^"']+)""", text)
    assert [f for f in files if not (STATIC / f).is_file()] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_scripts_parse_no_markup_and_run_no_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    unsafe = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    )
    assert re.findall(unsafe, text) == []
    imported = re.findall(r"""from ["']\./([^"']+)["']""", text)
    assert [name for name in imported if not (STATIC / "app" / name).is_file()] == []
    asked = set(re.findall(r"https?://[^\s\"'`)]+", text))
    assert {
        u for u in asked if not u.startswith(("http://www.w3.org/", "https://w3id.org/"))
    } == set()


def test_styles_fetch_nothing() -> None:
    for sheet in STATIC.glob("*.css"):
        assert re.findall(r"@import|url\(", sheet.read_text(encoding="utf-8")) == []


def test_vendored_libraries_are_what_they_say() -> None:
    folder = STATIC / "vendor"
    rows = [
        line.split("\t")
        for line in (folder / "VERSIONS").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    told = {row[2] for row in rows} | {row[5] for row in rows} | {"VERSIONS"}
    assert told == {path.name for path in folder.iterdir()}
    for _, version, name, digest, licence, text, _ in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        assert version in (folder / text).read_text(encoding="utf-8")
        assert licence.split()[0] in (folder / text).read_text(encoding="utf-8")


def test_modules_stay_small() -> None:
    long = {p.name: n for p in SCRIPTS if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}
