"""The page under different hands: keyboard alone, a phone, three languages, light and dark, a screen reader."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from chatproto.words import translated
from tests.page.browser import Opens, Relay, Visitor
from tests.system.server import Line, Server

PHONE = {"width": 390, "height": 844}
# What has no name that a screen reader could say.
NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, nav, aside, dialog, [role]")]
  .filter((e) => !e.closest("[hidden]") && !["alert", "status"].includes(e.role))
  .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
  .map((e) => e.outerHTML)"""
# Notifications as the page finds them where they are allowed: each is kept in `told`.
ALLOWED = """window.told = []; window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return "granted"; }
  constructor(title, { body }) { window.told.push([title, body]); }
  close() {}
}"""
COLOURS = """(names) => Object.fromEntries(names.map(
  (name) => [name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()]))"""
HIDDEN = 'Object.defineProperty(document, "visibilityState", { value: "hidden" })'


# --- keyboard --------------------------------------------------------------------------------------


def test_all_of_it_is_done_with_the_keyboard_alone(visit: Opens, port: int) -> None:
    oscar = visit().goes()
    press, active = oscar.page.keyboard.press, "document.activeElement.id"
    expect(oscar.page.locator("#name")).to_be_focused()
    oscar.page.keyboard.type("oscar\n")
    expect(oscar.page.locator("#entry")).to_be_focused()
    oscar.page.keyboard.type("/join dev\nhello #dev\n")
    oscar.sees("hello #dev")
    press("Alt+ArrowUp")
    expect(oscar.page.locator("#room-name")).to_have_text("#lobby")
    press("Alt+ArrowDown")
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    press("Shift+Tab")
    assert oscar.page.evaluate(active) == "log"
    press("Shift+Tab")
    press("Shift+Tab")
    assert oscar.page.evaluate(active) == "find"
    press("Enter")
    oscar.page.keyboard.type("hello\n")
    expect(oscar.page.locator("#found .hit")).to_have_count(1)
    press("Escape")
    expect(oscar.page.locator("#finding")).to_be_hidden()
    assert oscar.page.evaluate(active) == "find"


def test_everything_that_can_be_clicked_can_be_reached_with_tab(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    wanted = oscar.page.locator("button:visible, textarea:visible, #log").count()
    oscar.page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(wanted + 5):
        oscar.page.keyboard.press("Tab")
        reached.add(oscar.page.evaluate("document.activeElement.outerHTML"))
    assert len(reached - {oscar.page.evaluate("document.body.outerHTML")}) >= wanted


def test_who_stands_on_a_room_or_a_name_stays_there_while_others_talk(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/join dev")
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    with Line(port, name="jinny") as jinny:
        oscar.page.locator("#room-list button").first.focus()
        jinny.types("one", "two")
        expect(oscar.page.locator("#room-list .badge")).to_have_text("2")
        expect(oscar.page.locator("#room-list button").first).to_be_focused()
        jinny.types("/join dev")
        expect(oscar.page.locator("#member-list li")).to_have_text(["jinny", "oscar"])
        expect(oscar.page.locator("#room-list button").first).to_be_focused()


def test_a_browser_that_keeps_nothing_and_an_address_that_means_nothing_are_no_hindrance(visit: Opens) -> None:
    oscar = visit()
    oscar.page.add_init_script(
        "for (const store of ['localStorage', 'sessionStorage'])"
        "Object.defineProperty(window, store, { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    oscar.enters("oscar", "#%").says("hello")
    oscar.sees("hello", "row:not(.pending)")


def test_enter_sends_shift_enter_does_not_and_a_syllable_being_composed_is_left_alone(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    entry = oscar.page.locator("#entry")
    entry.press_sequentially("one")
    entry.press("Shift+Enter")
    entry.press_sequentially("two")
    entry.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert oscar.talk() == []
    entry.press("Enter")
    oscar.sees("two")
    assert oscar.talk() == ["one\ntwo"]


def test_the_up_arrow_brings_back_what_was_sent(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    entry = oscar.page.locator("#entry")
    oscar.says("one", "two")
    for key, text in [
        ("ArrowUp", "two"),
        ("ArrowUp", "one"),
        ("ArrowUp", "one"),
        ("ArrowDown", "two"),
        ("ArrowDown", ""),
    ]:
        entry.press(key)
        expect(entry).to_have_value(text)


# --- completion ------------------------------------------------------------------------------------


def test_tab_completes_and_without_anything_to_complete_it_goes_on(visit: Opens, port: int) -> None:
    oscar = visit(locale="ko-KR").enters("oscar")
    entry = oscar.page.locator("#entry")
    with Line(port, name="jinny"):
        oscar.sees("jinny")
        for typed, completed in [("/강", "/강퇴 "), ("/ki", "/kick "), ("/kick ji", "/kick jinny "), ("ji", "jinny: ")]:
            entry.fill("")
            entry.press_sequentially(typed)
            entry.press("Tab")
            expect(entry).to_have_value(completed)
        entry.fill("")
        entry.press_sequentially("hello @ji")
        expect(oscar.page.get_by_role("option")).to_have_text(["jinny"])
        entry.press("ArrowDown")
        assert entry.get_attribute("aria-activedescendant") == "candidate-0"
        entry.press("Enter")
        expect(entry).to_have_value("hello @jinny ")
        entry.press("Escape")
        entry.fill("")
        entry.press("Tab")
        expect(entry).not_to_be_focused()


# --- languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "lang", "enter"),
    [("en-GB", "en", "Come in"), ("ko-KR", "ko", "들어가기"), ("th-TH", "th", "เข้าห้องแชต"), ("fr-FR", "en", "Come in")],
)
def test_it_speaks_the_browsers_language_and_so_does_the_server(
    visit: Opens, locale: str, lang: str, enter: str
) -> None:
    oscar = visit(locale=locale).goes()
    expect(oscar.page.get_by_role("button", name=enter)).to_be_visible()
    assert oscar.page.evaluate("document.documentElement.lang") == lang
    oscar.enters("oscar").says("/kick oscar")
    oscar.sees(translated("Only an operator may do that.", lang))


def test_who_slips_out_is_taken_off_the_list_and_nothing_is_shown(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    members = oscar.page.locator("#members li")
    expect(members).to_have_text(["oscar"])
    with Line(port, name="jinny") as jinny:
        expect(members).to_have_text(["jinny", "oscar"])
        jinny.types("/slip")
        expect(members).to_have_text(["oscar"])
    assert "left" not in oscar.page.locator("#log").inner_text()


def test_another_language_is_a_command_away(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/lang th")
    expect(oscar.page.locator("#members h2")).to_have_text("สมาชิก")


# --- screens ---------------------------------------------------------------------------------------


def test_on_a_phone_the_log_has_the_screen_and_the_sides_lie_over_it(visit: Opens) -> None:
    oscar = visit(viewport=PHONE).enters("oscar-" + "x" * 26)
    oscar.says("W" * 2000, "가나다라" * 100)
    oscar.sees("가나다라")
    assert oscar.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(oscar.page.locator("#rooms")).to_be_hidden()
    oscar.page.locator("#show-rooms").tap()
    expect(oscar.page.locator("#rooms")).to_be_in_viewport()
    oscar.page.locator("#show-members").tap()
    expect(oscar.page.locator("#rooms")).to_be_hidden()
    expect(oscar.page.locator("#members")).to_be_in_viewport()
    oscar.page.locator("#log").tap(position={"x": 10, "y": 100})
    expect(oscar.page.locator("#members")).to_be_hidden()


def test_it_is_light_or_dark_as_the_system_is(visit: Opens) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = visit(color_scheme="light").goes(), visit(color_scheme="dark").goes()
    assert (light.page.evaluate(ground), dark.page.evaluate(ground)) == ("rgb(255, 255, 255)", "rgb(21, 24, 29)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_to_be_read_stands_out_from_its_ground(visit: Opens, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1 at least, of each colour on each ground it may stand on."""
    oscar = visit(color_scheme=scheme).goes()
    colours = oscar.page.evaluate(
        COLOURS, ["ground", "side", "ink", "faint", "accent", "on-accent", "calls", "bad", "line"]
    )
    pairs = [(ink, ground) for ink in ("ink", "faint", "accent", "bad") for ground in ("ground", "side", "calls")]
    pairs += [("on-accent", "accent"), ("ink", "line")]
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG computes it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    red, green, blue = (int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_screen_reader_finds_a_log_and_a_name_on_everything(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    oscar.says("hello")
    oscar.sees("hello")
    expect(oscar.page.get_by_role("log", name="Messages")).to_contain_text("hello")
    for role, name in [("navigation", "Rooms"), ("complementary", "Members"), ("textbox", "Message")]:
        expect(oscar.page.get_by_role(role, name=name)).to_be_visible()  # type: ignore[arg-type]
    assert oscar.page.evaluate(NAMELESS) == []
    expect(oscar.page.locator("#log")).not_to_have_attribute("aria-busy", "true")


# --- being called ----------------------------------------------------------------------------------


def test_who_is_mentioned_while_looking_elsewhere_is_told_if_that_is_allowed(visit: Opens, port: int) -> None:
    oscar = visit()
    oscar.page.add_init_script(ALLOWED)
    oscar.enters("oscar")
    bell = oscar.page.get_by_role("button", name="Tell me when I am mentioned")
    with Line(port, name="jinny") as jinny, Line(port, name="oscarina"):
        jinny.types("@oscar seen")
        oscar.sees("@oscar seen", "row.calls")
        oscar.page.evaluate(HIDDEN)
        jinny.types("@oscar the bell is off")
        oscar.sees("the bell is off")
        bell.click()
        expect(bell).to_have_attribute("aria-pressed", "true")
        jinny.types("nobody is named", "@oscarina is another", "oscar: come", "/msg oscar psst")
        expect(oscar.page.locator("#room-list")).to_contain_text("@jinny")
        assert oscar.page.evaluate("told") == [["jinny in #lobby", "oscar: come"], ["jinny", "psst"]]
    assert oscar.page.title().startswith("(")


def test_other_rooms_count_what_is_unread_and_ring_for_nobody_who_looks_at_the_page(visit: Opens, port: int) -> None:
    oscar = visit()
    oscar.page.add_init_script(ALLOWED)
    oscar.enters("oscar").says("/join dev")
    oscar.page.get_by_role("button", name="Tell me when I am mentioned").click()
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    with Line(port, name="jinny") as jinny:
        jinny.types("one", "@oscar two")
        lobby = oscar.page.locator("#room-list li", has_text="#lobby")
        expect(lobby.locator(".badge.calls")).to_have_text("2")
        expect(oscar.page).to_have_title("(1) #dev – chat")
        assert oscar.page.evaluate("told") == []
        lobby.get_by_role("button", name="#lobby", exact=False).first.click()
        expect(lobby.locator(".badge")).to_have_count(0)
        assert oscar.talk() == ["one", "@oscar two"]


# --- rooms and people ------------------------------------------------------------------------------


def test_rooms_are_listed_joined_and_left_to_the_last(visit: Opens, port: int) -> None:
    with Line(port, name="jinny") as jinny:
        jinny.types("/join dev", "/topic all about tea")
        oscar = visit().enters("oscar")
        oscar.page.get_by_role("button", name="Join a room …").click()
        oscar.page.get_by_role("button", name=re.compile(r"^#dev \(1\) all about tea$")).click()
        expect(oscar.page.locator("#topic")).to_have_text("all about tea")
        expect(oscar.page.locator("#member-list li")).to_have_text(["jinny", "oscar"])
        oscar.page.get_by_role("button", name="Leave #dev").click()
        oscar.page.get_by_role("button", name="Leave #lobby").click()
        expect(oscar.page.locator("#room-list li")).to_have_count(0)
        oscar.says("hello?")
        oscar.sees("You are in no room.")
        oscar.page.get_by_role("button", name="Join a room …").click()
        oscar.page.locator("#join-name").fill("Bad Name!")
        oscar.page.locator("#join-name").press("Enter")
        oscar.sees("A name may hold letters")
        expect(oscar.page.locator("#room-list li")).to_have_count(0)


def test_a_name_in_the_list_opens_a_conversation_of_two(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    with Line(port, name="jinny") as jinny:
        oscar.page.locator("#member-list").get_by_role("button", name="jinny").click()
        oscar.says("psst")
        jinny.reads("-oscar- psst")
        oscar.says("/msg JINNY are you there?")
        jinny.reads("-oscar- are you there?")
        jinny.types("/reply what?")
        oscar.sees("what?")
        assert oscar.talk() == ["psst", "are you there?", "what?"]
        jinny.types("/quit")
        jinny.rest()
    oscar.says("still there?")
    expect(oscar.page.locator(".row.own.refused .why")).to_contain_text("There is no jinny here")


def test_who_is_put_out_of_a_room_is_told_and_is_elsewhere(visit: Opens) -> None:
    oscar, bob = visit().enters("oscar", "#dev"), visit().enters("bob", "#dev")
    oscar.sees("bob joined")
    oscar.says("/kick #dev bob noise")
    bob.sees("noise")
    expect(bob.page.locator("#room-list li")).to_have_count(0)


def test_an_order_is_about_the_room_that_one_sees(visit: Opens) -> None:
    oscar, bob = visit().enters("oscar", "#dev"), visit().enters("bob", "#dev")
    bob.says("/join ops")
    bob.sees("You are in #ops")
    oscar.says("/join ops")
    oscar.sees("You are in #ops")
    oscar.page.locator("#room-list").get_by_text("dev", exact=False).first.click()
    oscar.says("/kick bob noise")
    bob.sees("noise")
    expect(bob.page.locator("#room-list li")).to_have_count(1)


def test_who_is_put_off_the_server_reads_why(visit: Opens, web: Server) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/register a long password")
    oscar.sees("is yours now")
    code = web.says(r"types /claim (\w+) becomes")[1]
    oscar.says(f"/claim {code}")
    oscar.sees("You are an administrator")
    bob = visit().enters("bob")
    oscar.says("/kick --server bob noise")
    expect(bob.page.locator("#banner-text")).to_contain_text("noise")
    bob.page.get_by_role("button", name="Come back").click()
    expect(bob.page.locator("#name")).to_have_value("bob")


def test_what_was_begun_in_a_room_waits_there(visit: Opens) -> None:
    oscar = visit().enters("oscar").says("/join dev")
    entry = oscar.page.locator("#entry")
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    entry.fill("for dev only")
    oscar.page.keyboard.press("Alt+ArrowUp")
    expect(entry).to_have_value("")
    oscar.page.keyboard.press("Alt+ArrowDown")
    expect(entry).to_have_value("for dev only")


def test_an_address_leads_into_a_room_also_later(visit: Opens) -> None:
    oscar = visit().enters("oscar", "#Dev")
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    oscar.page.evaluate("location.hash = '#수학'")
    expect(oscar.page.locator("#room-name")).to_have_text("#수학")


def test_an_invitation_in_the_address_goes_with_the_one_who_comes_and_does_not_stay_there(
    visit: Opens, port: int
) -> None:
    with Line(port, name="jinny") as jinny:
        jinny.types("/join team", "/join dev", "/whoami")
        jinny.reads("* You are jinny.")
        goes_with_an_invitation(visit())


def goes_with_an_invitation(oscar: Visitor) -> None:
    sent: list[str] = []
    oscar.page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    oscar.enters("oscar", "#team/0123456789abcdef")
    expect(oscar.page.locator("#room-name")).to_have_text("#team")
    assert [frame for frame in sent if "invitation:0123456789abcdef" in frame and "/room/team" in frame]
    assert oscar.page.url.endswith("/#team")
    oscar.says("/join dev fedcba9876543210")
    expect(oscar.page.locator("#room-name")).to_have_text("#dev")
    assert [frame for frame in sent if "invitation:fedcba9876543210" in frame and "/room/dev" in frame]


def test_coming_back_tells_nothing_that_nobody_asked(visit: Opens, relay: Relay) -> None:
    oscar = visit().enters("oscar", "#dev")
    oscar.sees("You are in #dev")
    oscar.says("/join team")
    oscar.sees("You are in #team")
    relay.falls_silent()
    relay.cut()
    expect(oscar.page.locator("#banner")).to_be_visible()
    relay.comes_back()
    expect(oscar.page.locator("#banner")).to_be_hidden()
    oscar.says("/away gone", "said after")
    oscar.sees("You are away")
    oscar.sees("said after", "row:not(.pending)")
    assert oscar.page.locator("#log").inner_text().count("You are in") == 1
    expect(oscar.page.locator("#room-name")).to_have_text("#team")


def test_after_a_cut_a_direct_message_goes_again_and_of_a_command_nobody_knows(visit: Opens, relay: Relay) -> None:
    oscar = visit().enters("oscar")
    oscar.says("/msg oscar psst")
    oscar.sees("psst", "row:not(.pending)")
    expect(oscar.page.locator(".row.pending")).to_have_count(0)
    relay.falls_silent()
    oscar.says("/msg oscar into the dark")
    oscar.says("/away in the dark")
    relay.cut()
    relay.comes_back()
    oscar.sees("nobody knows whether this was done: /away in the dark")
    told = oscar.page.locator("#log .row:not(.pending)", has_text="into the dark")
    expect(told).to_have_count(2)  # sent and heard
    expect(oscar.page.locator(".row.pending, .row.unknown")).to_have_count(0)


def test_who_takes_the_session_up_elsewhere_leaves_the_first_tab_quiet(visit: Opens, relay: Relay) -> None:
    """A tab that was doubled has the same secret: one of them has the session, and they do not fight for it."""
    oscar = visit().enters("oscar")
    kept = oscar.page.evaluate("sessionStorage['chat.session']")
    double = oscar.tab()
    double.add_init_script(f"sessionStorage['chat.session'] ??= {kept!r}")
    double.goto(relay.url)
    expect(double.locator("#me")).to_have_text("oscar")
    expect(oscar.page.locator("#banner-text")).to_have_text("This session was taken up on another connection.")
    oscar.page.get_by_role("button", name="Come back").click()
    expect(oscar.page.locator("#door-told")).to_have_text("Somebody is called oscar already. Choose another name.")
    expect(double.locator("#banner")).to_be_hidden()
