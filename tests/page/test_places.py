"""What is told to one person is shown where they look, says where it is from, and is seen."""

from __future__ import annotations

import re
from contextlib import ExitStack

from playwright.sync_api import expect

from tests.page.browser import Opens, Visitor
from tests.system.server import Line

PHONE = {"width": 390, "height": 844}
ON_SCREEN = """(row) => {
  const [seen, log] = [row.getBoundingClientRect(), document.getElementById("log").getBoundingClientRect()];
  return seen.bottom > log.top && seen.top < log.bottom;
}"""


def talks_alone(visitor: Visitor, name: str) -> None:
    """Open a conversation of two."""
    visitor.page.locator("#member-list").get_by_role("button", name=name).click()
    expect(visitor.page.locator("#room-name")).to_have_text(f"@{name}")


def test_who_is_put_out_of_a_room_reads_which_one_wherever_they_are(visit: Opens) -> None:
    oscar, jimin = visit().enters("oscar", "#homework"), visit().enters("지민", "#homework")
    talks_alone(jimin, "oscar")
    oscar.says("/ban #homework 지민 noise")
    notice = jimin.sees("noise")
    expect(notice).to_contain_text("#homework")
    expect(notice.locator(".new")).to_be_hidden()
    expect(jimin.page.locator("#room-list li")).to_have_count(1)
    jimin.says("/join homework")
    refusal = jimin.page.locator("#log .row.refused")
    expect(refusal).to_contain_text("#homework")
    expect(refusal.locator(".new")).to_be_hidden()


def test_a_refusal_that_comes_when_one_has_gone_on_says_where_it_is_from(visit: Opens) -> None:
    bob = visit().enters("bob", "#dev")
    bob.says_at_once("/qqq", "/join lobby")
    expect(bob.page.locator("#room-name")).to_have_text("#lobby")
    expect(bob.page.locator("#log .row.refused")).to_contain_text("#dev There is no such command")


def test_a_refused_line_of_ones_own_counts_where_one_is_not(visit: Opens) -> None:
    oscar, bob = visit().enters("oscar", "#dev"), visit().enters("bob", "#dev")
    oscar.says("/set hush 1")
    bob.sees("hushed #dev")
    bob.says_at_once("may I?", "/join lobby")
    expect(bob.page.locator("#room-list li", has_text="#dev").locator(".badge")).to_have_text("1")


def test_what_a_command_answers_is_in_sight_also_above(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types(*(f"line {n}" for n in range(100)))
        oscar.sees("line 99")
        for line, answer in [("/help", "/kick"), ("/who", "2 in #lobby"), ("/qqq", "There is no such command")]:
            oscar.page.locator("#log").evaluate("(log) => (log.scrollTop = 100)")
            expect(oscar.page.locator("#newest")).to_be_visible()
            oscar.says(line)
            row = oscar.page.locator("#log .row", has_text=answer).last
            expect(row).to_be_visible()
            oscar.gone_by("document.getElementById('newest').hidden")
            assert row.evaluate(ON_SCREEN)


def test_the_line_above_what_is_new_is_not_above_a_refusal_of_ones_own(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    oscar.sees("You are in #lobby")
    oscar.page.evaluate("window.dispatchEvent(new Event('blur'))")
    oscar.says("/qqq")
    oscar.sees("There is no such command", "refused")
    expect(oscar.page.locator("#log .first-new")).to_have_count(0)
    with Line(port, name="jinny") as jinny:
        jinny.types("news")
        oscar.sees("news")
        jinny.types("more news")
        oscar.sees("more news")
    expect(oscar.page.locator("#log .first-new .text")).to_have_text(["news"])


def test_a_search_that_is_refused_says_why_where_one_searches(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.page.get_by_role("button", name="Search").click()
    for words in ("in:#nowhere x", "!!!"):
        oscar.page.locator("#words").fill(words)
        oscar.page.locator("#words").press("Enter")
        expect(oscar.page.locator("#found .told")).to_be_visible()
    expect(oscar.page.locator("#log .refused")).to_have_count(0)


def test_dates_have_one_form(visit: Opens, port: int) -> None:
    oscar = visit(locale="en-GB").enters("oscar").says("a needle")
    oscar.settles()
    oscar.page.get_by_role("button", name="Search").click()
    oscar.page.locator("#words").fill("needle")
    oscar.page.locator("#words").press("Enter")
    found = oscar.page.locator("#found time")
    expect(found).to_have_text(re.compile(r"\d\d:\d\d$"))
    expect(found).not_to_have_text(re.compile("[AP]M"))


def test_what_was_taken_back_is_named_by_no_number(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar").says("a secret")
    oscar.settles()
    oscar.says("/delete")
    expect(oscar.sees("oscar took back").locator(".text")).to_have_text("oscar took back a message")
    expect(oscar.page.locator(".row.said time")).to_have_attribute("title", re.compile("message 1$"))


def test_on_a_phone_the_drawer_closes_behind_one_who_leaves(visit: Opens) -> None:
    oscar = visit(viewport=PHONE).enters("oscar")
    oscar.page.locator("#show-rooms").tap()
    oscar.page.locator("#leave").tap()
    expect(oscar.page.locator("#rooms")).to_be_hidden()
    oscar.page.get_by_role("button", name="Come back").tap()
    expect(oscar.page.locator("#name")).to_be_visible()


def test_a_text_runs_as_its_letters_do(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.says("مرحبا!", "שלום.", "hello.")
    oscar.settles()
    runs = oscar.page.locator("#log .row.said .text").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).direction)"
    )
    assert runs == ["rtl", "rtl", "ltr"]


def test_marks_upon_marks_stay_in_their_own_row(visit: Opens, port: int) -> None:
    """What others paint over one's lines cannot be read, and cannot be proved."""
    oscar = visit().enters("oscar")
    oscar.says("before")
    with Line(port, name="mallory") as mallory:
        mallory.types("x" + "\N{COMBINING ACUTE ACCENT}" * 300, "after")
        oscar.sees("after")
    assert oscar.page.locator("#log .row").evaluate_all(
        "all => all.every((e) => getComputedStyle(e).overflow === 'clip')"
    )


def test_a_language_that_was_chosen_stays(visit: Opens) -> None:
    oscar = visit().enters("oscar").says("/lang th")
    expect(oscar.page.locator("#members h2")).to_have_text("สมาชิก")
    oscar.page.reload()
    expect(oscar.page.locator("#members h2")).to_have_text("สมาชิก")
    oscar.settles().says("/quit")
    oscar.goes()  # at once: who has left does not come back by loading the page
    expect(oscar.page.get_by_role("button", name="เข้าห้องแชต")).to_be_visible()


def test_of_a_room_too_large_to_be_listed_one_sees_oneself_and_who_is_heard(visit: Opens, port: int) -> None:
    with ExitStack() as room:
        crowd = [room.enter_context(Line(port, name=f"n{n}")) for n in range(205)]
        oscar = visit().enters("oscar")
        members = oscar.page.locator("#member-list li")
        expect(members).to_have_text(["oscar"])
        expect(oscar.page.locator("#member-rest")).to_have_text("and 205 more")
        crowd[3].types("hello")
        expect(members).to_have_text(["n3", "oscar"])
        oscar.page.locator("#entry").press_sequentially("@n")
        expect(oscar.page.get_by_role("option")).to_have_text(["n3"])


def test_rooms_are_one_however_their_names_are_written(visit: Opens, port: int) -> None:
    """ß is ss, and both small sigmas are one."""
    oscar = visit().enters("oscar", "#straße")
    expect(oscar.page.locator("#room-name")).to_have_text("#strasse")
    with Line(port, name="jinny") as jinny:
        for typed, room in [("Straße", "#strasse"), ("ΟΔΟΣ", "#οδοσ"), ("οδός", "#οδόσ")]:
            oscar.says(f"/join {typed}")
            expect(oscar.page.locator("#room-name")).to_have_text(room)
            jinny.types(f"/join {typed}", f"hello {room}")
            oscar.sees(f"hello {room}")
            oscar.says(f"heard in {room}")
            jinny.reads(f"<oscar> heard in {room}")
    expect(oscar.page.locator("#room-list li")).to_have_count(3)
