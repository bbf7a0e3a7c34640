"""Make page.png and page-phone.png from a real run: `python docs/pictures/page.py`.

A server is started; three people come in with a Chromium each, in English, Korean and Thai, and talk. What two of them
have on their screens in the end, a desktop's and a phone's, are the pictures. It needs playwright, chromium, and fonts.
"""

# ruff: noqa: D103, INP001, S603 - a script beside a picture, which starts our own server

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

DESKTOP, PHONE = Path(__file__).with_suffix(".png"), Path(__file__).with_name("page-phone.png")
LOCAL = "tcp:0:interface=127.0.0.1"


@contextmanager
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "chatproto", "--memory", "--port", LOCAL, "--web", LOCAL, "--admin-socket", "no"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            found = next(filter(None, (re.search(r"browser: (http\S+)", line) for line in running.stdout)))
            yield found[1]
        finally:
            running.terminate()


def visitor(browser: Browser, url: str, name: str, *, locale: str, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        locale=locale,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        timezone_id="Asia/Seoul",
    )
    page = context.new_page()
    page.goto(f"{url}#team")
    page.locator("#name").fill(name)
    page.locator("#name").press("Enter")
    expect(page.locator("#entry")).to_be_visible()
    return page


def says(page: Page, *lines: str) -> None:
    for line in lines:
        page.locator("#entry").fill(line)
        page.locator("#entry").press("Enter")
    expect(page.locator(".row.pending")).to_have_count(0)


def talk(oscar: Page, jinny: Page, somchai: Page) -> None:
    """Let the three say what the pictures show."""
    says(oscar, "/topic The trip on Saturday")
    says(oscar, "hello! who is coming?")
    says(jinny, "안녕하세요! 저요 👋", "몇 시에 만날까요?")
    says(somchai, "สวัสดีครับ ผมไปด้วย")
    says(oscar, "at nine, in front of the station\nbring water: it will be warm")
    says(jinny, "@oscar 표는 https://example.org/tickets 에서 사면 되나요?")
    says(oscar, "/me buys three")
    expect(jinny.locator(".row.action")).to_be_visible()


def main() -> None:
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        oscar = visitor(browser, url, "oscar", locale="en-GB", size=(1100, 640), scheme="light")
        jinny = visitor(browser, url, "지니", locale="ko-KR", size=(390, 720), scheme="dark")
        somchai = visitor(browser, url, "สมชาย", locale="th-TH", size=(390, 720), scheme="light")
        talk(oscar, jinny, somchai)
        jinny.locator("#entry").press_sequentially("/강")
        for page, picture in ((oscar, DESKTOP), (jinny, PHONE)):
            page.mouse.move(0, 0)
            page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
