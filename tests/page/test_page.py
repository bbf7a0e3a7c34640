"""The page in a real Chromium: two people talk, one is cut off and comes back, and a script stays text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.browser import Opens, Relay
from tests.system.server import LOCAL, Line, Server

SCRIPT = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2"><a href="javascript:pwned=3">x</a>'


def test_two_people_talk(visit: Opens, port: int) -> None:
    oscar, jinny = visit().enters("oscar"), visit(locale="ko-KR").enters("jinny")
    oscar.says("안녕하세요")
    jinny.sees("안녕하세요")
    jinny.says("สวัสดีครับ", "두 줄")
    oscar.sees("두 줄")
    with Line(port, name="bob") as bob:
        bob.types("hello from telnet")
        oscar.sees("hello from telnet")
        oscar.says("hello telnet")
        bob.reads("<oscar> hello telnet")
        jinny.sees("hello telnet")
    assert oscar.talk() == jinny.talk() == ["안녕하세요", "สวัสดีครับ", "두 줄", "hello from telnet", "hello telnet"]
    expect(oscar.page.locator("#member-list li")).to_have_text(["jinny", "oscar"])


# --- text is text ----------------------------------------------------------------------------------


def test_a_script_in_a_message_or_a_topic_stays_text(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="mallory") as mallory:
        mallory.types(SCRIPT, f"/me {SCRIPT}", f"/topic {SCRIPT}", f"/msg oscar {SCRIPT}")
        oscar.sees("mallory set the topic")
        expect(oscar.page.locator("#topic")).to_have_text(SCRIPT)
        oscar.page.get_by_role("button", name="@mallory", exact=False).first.click()
        assert oscar.talk() == [SCRIPT]
        oscar.page.get_by_role("button", name="#lobby", exact=True).click()
    assert oscar.talk() == [SCRIPT]
    assert oscar.page.locator("#log :is(script, img, a)").count() == 0
    assert oscar.page.evaluate("window.pwned") is None


def test_an_address_becomes_a_link_and_nothing_else_does(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    oscar.says(
        "see https://example.org/a?b=1&c=2. or javascript:alert(1) data:text/html,x HTTP://x/ (http://y.example/z)"
    )
    oscar.sees("see https")
    links = oscar.page.locator("#log a").evaluate_all("all => all.map((a) => [a.href, a.rel, a.textContent])")
    assert links == [
        ["https://example.org/a?b=1&c=2", "noopener noreferrer", "https://example.org/a?b=1&c=2"],
        ["http://y.example/z", "noopener noreferrer", "http://y.example/z"],
    ]


def test_the_page_asks_nobody_but_its_own_server_and_keeps_no_cookie_and_no_secret(visit: Opens, relay: Relay) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/register a long password", "hello", "/join dev", "/search hello")
    oscar.sees("is yours now")
    assert {url for url in oscar.asked if not url.startswith(relay.url)} == set()
    assert oscar.context.cookies() == []
    assert sorted(oscar.page.evaluate("Object.keys(localStorage)")) == ["chat.name"]
    assert "long password" not in oscar.page.evaluate("JSON.stringify(sessionStorage) + document.body.innerHTML")


# --- cut off, and back -----------------------------------------------------------------------------


def test_who_is_cut_off_comes_back_and_nothing_is_missing_or_double(visit: Opens, relay: Relay, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("one")
        oscar.sees("one")
        relay.falls_silent()
        relay.cut()
        oscar.says("said in the dark")
        jinny.types("two", "three")
        expect(oscar.page.locator("#banner")).to_contain_text("The connection is lost.")
        expect(oscar.page.locator(".row.pending")).to_have_text(re.compile("said in the dark"))
        relay.comes_back()
        jinny.reads("<oscar> said in the dark")
        oscar.sees("three")
        expect(oscar.page.locator(".row.pending")).to_have_count(0)
        expect(oscar.page.locator("#banner")).to_be_hidden()
    assert oscar.talk() == ["one", "two", "three", "said in the dark"]


def test_the_lid_closes_and_opens(visit: Opens, relay: Relay, port: int) -> None:
    """Nothing says goodbye: the connection looks open, and is dead. On waking a look at the clock shows it."""
    oscar = visit()
    oscar.page.clock.install()
    oscar.enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("before")
        oscar.sees("before")
        relay.falls_silent()
        jinny.types("meanwhile one", "meanwhile two")
        jinny.types("/who")
        assert "oscar" in jinny.reads("in #lobby")  # nobody is told that oscar is gone
        oscar.says("typed as the lid closed")
        oscar.page.clock.fast_forward("07:00")
        relay.comes_back()
        oscar.page.clock.fast_forward("00:05")
        oscar.sees("meanwhile two")
        jinny.reads("<oscar> typed as the lid closed")
        expect(oscar.page.locator(".row.pending")).to_have_count(0)
        jinny.types("after")
        oscar.sees("after")
    talk = ["before", "meanwhile one", "meanwhile two", "typed as the lid closed", "after"]
    assert oscar.talk() == talk


def test_who_comes_back_to_a_server_that_was_killed_and_started_again_reads_on(visit: Opens, tmp_path: Path) -> None:
    """It has forgotten the session, and not what was said: the name will do."""
    where = ["--port", LOCAL, "--rate", "0", "--data", str(tmp_path / "kept"), "--web"]
    with Server(tmp_path, *where, LOCAL) as server:
        server.port()
        url = server.url()
        oscar = visit()
        oscar.url = url
        oscar.enters("oscar").says("mine")
        expect(oscar.page.locator(".row.said:not(.pending)")).to_have_count(1)
        server.process.kill()
        server.process.wait()
    oscar.says("said to nobody")
    there = f"tcp:{url.removeprefix('http://127.0.0.1:').rstrip('/')}:interface=127.0.0.1"
    with Server(tmp_path, *where, there) as server, Line(server.port(), name="jinny") as jinny:
        jinny.reads("<oscar> said to nobody")
        jinny.types("welcome back")
        oscar.sees("welcome back")
    assert oscar.talk() == ["mine", "said to nobody", "welcome back"]


def test_a_reload_keeps_the_session_and_what_was_not_sent(visit: Opens, relay: Relay, port: int) -> None:
    oscar = visit().enters("oscar", "#dev")
    with Line(port, name="jinny") as jinny:
        jinny.types("/join dev", "hello")
        oscar.sees("hello")
        relay.falls_silent()
        relay.cut()
        oscar.says("not sent yet")
        relay.comes_back()
        oscar.page.reload()
        jinny.reads("<oscar> not sent yet")
        oscar.sees("not sent yet")
        jinny.types("/who")
        assert "oscar" in jinny.reads("in #dev")
    assert oscar.talk() == ["hello", "not sent yet"]
    expect(oscar.page.locator("#me")).to_have_text("oscar")


def test_a_reload_keeps_a_direct_message_that_was_not_sent(visit: Opens, relay: Relay, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        oscar.sees("jinny joined")
        relay.falls_silent()
        relay.cut()
        oscar.says("/msg jinny psst")
        relay.comes_back()
        oscar.page.reload()
        jinny.reads("-oscar- psst")
        oscar.page.locator("#room-list button", has_text="@jinny").first.click()
        oscar.sees("psst")
        expect(oscar.page.locator("#log .row.pending")).to_have_count(0)
    assert oscar.talk() == ["psst"]


def test_who_may_not_come_in_is_where_they_were_and_reads_why(visit: Opens, port: int) -> None:
    """Else what is said next is said to others."""
    oscar = visit().enters("oscar", "#a")
    with Line(port, name="jinny") as jinny:
        jinny.types("/join priv", "/set private on")
        jinny.reads("made #priv private")
        for room in ("b", "c"):
            oscar.says(f"/join {room}")
            oscar.sees(f"You are in #{room}")
        oscar.page.locator("#room-list button", has_text="#a").first.click()
        oscar.says("/join priv")
        oscar.sees("#priv is private.")
    expect(oscar.page.locator("#room-name")).to_have_text("#a")


def test_a_reload_keeps_what_nobody_has_looked_at_and_the_line_above_it(visit: Opens, port: int) -> None:
    """As a phone does it, which lets go of a page in the background and loads it anew."""
    oscar = visit().enters("oscar", "#dev")
    badge = oscar.page.locator("#room-list .badge")
    with Line(port, name="jinny") as jinny:
        jinny.types("/join dev", "hello")
        oscar.sees("hello")
        oscar.says("/join lobby")
        oscar.sees("You are in #lobby")
        jinny.types("@oscar come", "please")
        expect(badge).to_have_text("2")
        for _ in range(2):
            oscar.page.reload()
            expect(badge).to_have_text("2")
            expect(oscar.page).to_have_title("(1) #lobby – chat")
        oscar.page.locator("#room-list button", has_text="#dev").first.click()
        new = oscar.sees("2 said before you came, since ")
        expect(new).to_have_class(re.compile(r"\bfirst-new\b"))
        assert oscar.talk() == ["hello", "@oscar come", "please"]
        oscar.page.reload()
        oscar.sees("please")
        expect(oscar.page).to_have_title("#dev – chat")
    assert oscar.page.locator("#log .first-new").count() == 0


def test_a_reload_keeps_what_was_said_with_one_person_which_nobody_else_does(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    badge, talk = oscar.page.locator("#room-list .badge"), oscar.page.locator("#room-list button", has_text="@jinny")
    with Line(port, name="jinny") as jinny:
        oscar.says("/msg jinny anybody?")
        jinny.reads("anybody?")
        oscar.page.locator("#room-list button", has_text="#lobby").first.click()
        jinny.types("/r psst")
        expect(badge).to_have_text("1")
        oscar.page.reload()
        expect(badge).to_have_text("1")
        expect(oscar.page).to_have_title("(1) #lobby – chat")
        talk.first.click()
        oscar.sees("psst")
        jinny.types("/r and this")
        oscar.sees("and this")
        oscar.page.reload()
        oscar.sees("You are in #lobby")
        talk.first.click()
        oscar.sees("and this")
        assert oscar.talk() == ["anybody?", "psst", "and this"]
        oscar.page.locator("#room-list .leave").last.click()
        expect(talk).to_have_count(0)
        oscar.page.reload()
        oscar.sees("You are in #lobby")
    expect(talk).to_have_count(0)


def test_another_tab_is_somebody_else_with_a_session_of_its_own(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    secret = oscar.page.evaluate("JSON.parse(sessionStorage['chat.session']).resume")
    other = oscar.tab()
    other.goto(oscar.url)
    expect(other.locator("#name")).to_have_value("oscar")
    other.locator("#name").press("Enter")
    expect(other.locator("#door-told")).to_have_text("Somebody is called oscar already. Choose another name.")
    other.locator("#name").fill("oscar-2")
    other.locator("#name").press("Enter")
    expect(other.locator("#entry")).to_be_visible()
    assert other.evaluate("JSON.parse(sessionStorage['chat.session']).resume") != secret
    assert len(secret) == 32


# --- pending, refused ------------------------------------------------------------------------------


def test_ones_own_message_is_pending_until_it_has_its_receipt(visit: Opens, relay: Relay) -> None:
    oscar = visit().enters("oscar")
    relay.falls_silent()
    oscar.says("on its way")
    expect(oscar.page.locator(".row.own.pending .state")).to_have_text("being sent …")
    relay.cut()
    relay.comes_back()
    expect(oscar.page.locator(".row.own:not(.pending)", has_text="on its way")).to_have_count(1)
    expect(oscar.page.locator(".row.pending")).to_have_count(0)


def test_a_refused_message_says_why_and_can_be_written_again_or_let_go(visit: Opens) -> None:
    oscar = visit().enters("oscar", "#dev")
    bob = visit().enters("bob", "#dev")
    oscar.says("/set hush 1")
    bob.sees("hushed #dev")
    bob.says("one", "two")
    expect(bob.page.locator(".row.own.refused .why")).to_have_count(2)
    why = bob.page.locator(".row.own.refused .why").first
    expect(why).to_contain_text("only its operators may speak")
    why.get_by_role("button", name="Write it again").click()
    expect(bob.page.locator("#entry")).to_have_value("one")
    bob.page.get_by_role("button", name="Let it go").click()
    expect(bob.page.locator(".row.own.refused")).to_have_count(0)
    assert oscar.talk() == []


def test_what_is_too_long_stays_where_it_was_typed(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    text = "가" * 6000
    oscar.says(text)
    oscar.sees("18000 bytes, and 16384 are the most")
    assert oscar.page.locator("#entry").input_value() == text
    oscar.says("short")
    oscar.sees("short")


def test_a_name_that_cannot_be_had_says_why_and_a_registered_one_asks_for_its_password(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/register my long password")
    oscar.sees("oscar is yours now")
    oscar.says("/quit")
    guest = visit().goes()
    guest.page.locator("#name").fill("   !")
    guest.page.locator("#name").press("Enter")
    expect(guest.page.locator("#door-told")).to_contain_text("A name may hold letters")
    guest.page.locator("#name").fill("oscar")
    guest.page.locator("#name").press("Enter")
    expect(guest.page.locator("#password")).to_be_focused()
    guest.page.locator("#password").fill("wrong password")
    guest.page.locator("#password").press("Enter")
    expect(guest.page.locator("#door-told")).to_have_text("The name or the password is wrong.")
    guest.page.locator("#password").fill("my long password")
    guest.page.locator("#password").press("Enter")
    expect(guest.page.locator("#entry")).to_be_visible()


def test_a_registered_one_comes_back_to_what_was_read_and_below_it_to_what_was_not(
    visit: Opens, web: Server, port: int
) -> None:
    """The first time by closing the page, as people do, which tells the server nothing."""
    with Line(port, name="jinny") as jinny:
        jinny.types("one", "two")
        oscar = visit().enters("oscar")
        oscar.says("/register my long password")
        oscar.sees("oscar is yours now")
        oscar.sees("two")
        oscar.context.close()
        web.says(r"\[CLOSE\] \S+ oscar")
        jinny.types("three", "four", "/whoami")
        jinny.reads("* You are jinny.")
        back = visit().goes()
        back.page.locator("#name").fill("oscar")
        back.page.locator("#name").press("Enter")
        back.page.locator("#password").fill("my long password")
        back.page.locator("#password").press("Enter")
        new = back.sees("2 said before you came, since ")
        back.sees("You are in #lobby with jinny.")
        rows = back.page.locator("#log .row .text").all_text_contents()
    assert rows[:2] + rows[3:5] == ["one", "two", "three", "four"]
    expect(new).to_have_class(re.compile(r"\bfirst-new\b"))
    assert back.page.locator("#room-list .badge").count() == 0


@pytest.mark.parametrize("line", ["/quit", "/종료", " /quit", "/slip"])
def test_leaving_leaves(visit: Opens, port: int, line: str) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        oscar.says(line)
        expect(oscar.page.locator("#banner-text")).to_have_text("You have left.")
        jinny.types("/who")
        assert "oscar" not in jinny.reads("in #lobby")
        oscar.page.locator("#banner-button").click()
        expect(oscar.page.locator("#name")).to_have_value("oscar")
