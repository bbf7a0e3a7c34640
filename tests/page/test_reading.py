"""Reading what was said before: ten thousand lines stay smooth, since the page never holds but a window of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.browser import Opens
from tests.system.server import Line

MANY = 10_000
MOST_ROWS = 150  # as timeline.js has it
MOST_NODES = 3_000  # elements of the whole page

# Returns the first row that is wholly in sight and how many pixels below the log's upper end it stands, once all is
# drawn: rows that were only estimated have their heights then. Not `scrollTop`, which grows with what comes in front.
IN_SIGHT = """(log) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const above = (row) => row.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const first = [...log.children].find((row) => above(row) >= 0);
  done([first.querySelector(".text").textContent, Math.round(above(first))]);
})))"""

# Scrolls up as far as it goes, waiting for what comes in front; returns what stood in the log on the way.
UPWARDS = """async ([until]) => {
  const log = document.getElementById("log");
  const rows = () => [...log.querySelectorAll(".row.said")];
  const frame = () => new Promise(requestAnimationFrame);
  const seen = new Set();
  const worst = { rows: 0, nodes: 0, jumps: 0, holes: 0, moves: 0 };
  for (let idle = 0; idle < 600; ) {
    const all = rows();
    const numbers = all.map((row) => Number(row.dataset.seq));
    worst.rows = Math.max(worst.rows, all.length);
    worst.nodes = Math.max(worst.nodes, document.getElementsByTagName("*").length);
    worst.holes += numbers.filter((n, i) => i && n !== numbers[i - 1] + 1).length;
    const fresh = numbers.filter((n) => !seen.has(n));
    fresh.forEach((n) => seen.add(n));
    if (seen.has(until)) break;
    idle = fresh.length ? 0 : idle + 1;
    const above = (row) => row.getBoundingClientRect().top < log.getBoundingClientRect().top;
    const watched = (all.find((row) => !above(row)) ?? all[0]).querySelector(".text");
    log.scrollTop = Math.max(0, log.scrollTop - 2000);
    const stood = watched.getBoundingClientRect().top;
    worst.moves += 1;
    await frame();
    await frame();
    if (watched.isConnected && Math.abs(watched.getBoundingClientRect().top - stood) > 2) worst.jumps += 1;
  }
  return { ...worst, seen: seen.size, text: rows()[0].querySelector(".text").textContent };
}"""


@pytest.fixture
def long_room(port: int) -> int:
    """A room in which much was said before anybody looks."""
    with Line(port, name="teacher") as teacher:
        for n in range(1, MANY + 1):
            teacher.types(f"line {n}")
        teacher.types("/whoami")
        teacher.reads("* You are teacher.")
    return port


def test_ten_thousand_lines_are_read_through_a_window_of_bounded_size(visit: Opens, long_room: int) -> None:
    """Counted, not timed: rows and elements at every step; none is missing, none twice, and nothing jumps."""
    oscar = visit().enters("oscar")
    oscar.sees(f"line {MANY}")
    found = oscar.page.evaluate(UPWARDS, [1])

    assert (found["seen"], found["text"]) == (MANY, "line 1")
    assert (found["holes"], found["jumps"]) == (0, 0)
    assert found["rows"] <= MOST_ROWS
    assert found["nodes"] <= MOST_NODES
    oscar.page.locator("#newest").click()
    oscar.sees(f"line {MANY}")


def test_what_comes_while_one_reads_above_does_not_move_the_reader(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types(*(f"line {n}" for n in range(100)))
        oscar.sees("line 99")
        oscar.page.locator("#log").evaluate("(log) => (log.scrollTop = 200)")
        expect(oscar.page.locator("#newest")).to_be_visible()
        read = oscar.page.locator("#log").evaluate(IN_SIGHT)
        jinny.types("and one more")
        expect(oscar.page.locator("#newest")).to_have_text("1 new ↓")
        assert oscar.page.locator("#log").evaluate(IN_SIGHT) == read
        oscar.page.locator("#newest").click()
        oscar.sees("and one more")
        expect(oscar.page.locator("#newest")).to_be_hidden()


def test_what_was_found_is_gone_to_however_long_ago_it_was_said(visit: Opens, port: int) -> None:
    with Line(port, name="jinny") as jinny:
        jinny.types("the needle is here", *(f"hay {n}" for n in range(700)), "/whoami")
        jinny.reads("* You are jinny.")
    oscar = visit().enters("oscar")
    oscar.sees("hay 699")
    oscar.page.get_by_role("button", name="Search").click()
    oscar.page.locator("#words").fill("needle")
    oscar.page.locator("#words").press("Enter")
    hit = oscar.page.locator("#found .hit")
    expect(hit.locator(".text")).to_have_text("the needle is here")
    hit.click()
    expect(oscar.page.locator(".row", has_text="the needle is here")).to_be_in_viewport()
    expect(oscar.page.locator("#finding")).to_be_hidden()


def test_nothing_found_is_said(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.page.get_by_role("button", name="Search").click()
    oscar.page.locator("#words").fill("needle")
    oscar.page.locator("#words").press("Enter")
    expect(oscar.page.locator("#found")).to_have_text("Nothing was found.")


def test_what_was_taken_back_or_put_right_is_shown_so(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("a secret")
        oscar.sees("a secret")
        jinny.types("/delete", "a word rong")
        oscar.sees("a word rong")
        jinny.types("/correct a word wrong")
        oscar.sees("jinny meant: a word wrong")
        expect(oscar.page.locator(".row.said").nth(1)).to_contain_text("a word rong (corrected)")
        assert oscar.talk()[0] == "(taken back)"
        assert "a secret" not in oscar.page.locator("#log").inner_text()


def test_comings_and_goings_do_not_drown_talk(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    oscar.sees("You are in #lobby")
    with Line(port, name="jinny") as jinny:
        jinny.types("before")
        oscar.sees("before")
        for _ in range(12):
            with Line(port, name="bob"):
                pass
            jinny.reads("* bob lost")
        jinny.types("after")
        oscar.sees("after")
        expect(oscar.page.locator(".row.presence")).to_have_count(2)


def test_where_one_stopped_reading_there_is_a_line(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("read")
        oscar.sees("read")
        oscar.page.evaluate("window.dispatchEvent(new Event('blur'))")
        jinny.types("not read yet", "nor this")
        oscar.sees("nor this")
    expect(oscar.page.locator(".row.first-new .text")).to_have_text(["not read yet"])
    expect(oscar.page.locator(".row.first-new .new")).to_be_visible()
