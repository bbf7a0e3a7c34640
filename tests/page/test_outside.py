"""What the page depends on and does not have in its hands: the browser's other parts, the network, tabs that go."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser import Opens, Relay
from tests.system.server import Line

# The browser's own parts, as they fail somewhere.
THROWS = "throw new TypeError('Illegal constructor')"
NOTICES = f"""localStorage.setItem('chat.bell', 'true');
window.Notification = class {{ constructor() {{ {THROWS}; }} static permission = "granted";
  static async requestPermission() {{ return "granted"; }} }};"""
NO_PERMISSION = f"""localStorage.setItem('chat.bell', 'true');
window.Notification = class {{ static get permission() {{ {THROWS}; }} }};"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""
FORBIDDEN = """for (const store of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, store, { get() { throw new DOMException("no", "SecurityError"); } });"""
NONSENSE = """Storage.prototype.getItem = () => "{";"""
NO_DATES = """Intl.DateTimeFormat = class { constructor(lang, options) {
  if (options.timeZone !== "UTC") throw new RangeError("no such zone");
  return { format: () => { throw new RangeError("no such time"); } }; } };"""
NO_CHANNEL = """delete window.BroadcastChannel;"""
NO_LANGUAGES = """Object.defineProperty(navigator, "languages", { get: () => undefined });"""
UNFOCUSED = "document.hasFocus = () => false;"


@pytest.mark.parametrize(
    "broken",
    [NOTICES, NO_PERMISSION, FULL, FORBIDDEN, NONSENSE, NO_DATES, NO_CHANNEL, NO_LANGUAGES],
    ids=["notices", "permission", "full", "forbidden", "nonsense", "dates", "channel", "languages"],
)
def test_nothing_outside_stops_the_page(visit: Opens, port: int, broken: str) -> None:
    oscar = visit()
    oscar.page.add_init_script(f"if (location.protocol === 'http:') {{ {UNFOCUSED} {broken} }}")
    oscar.enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("@oscar one", "two", "@oscar three", "/msg oscar first", "/msg oscar second")
        expect(oscar.page.locator("#room-list .badge.calls").last).to_have_text("2")
        assert oscar.talk() == ["@oscar one", "two", "@oscar three"]
        oscar.says("four")
        jinny.reads("<oscar> four")
        oscar.page.locator("#room-list button", has_text="@jinny").first.click()
        assert oscar.talk() == ["first", "second"]


def test_one_message_that_cannot_be_handled_costs_no_other(visit: Opens, port: int) -> None:
    """Should there be a fault that nobody knows of yet: here in what the browser does with one text."""
    oscar = visit()
    oscar.page.add_init_script(
        """const { matchAll } = String.prototype;
        String.prototype.matchAll = function (...given) {
          if (this.includes("broken")) throw new RangeError("no such text");
          return matchAll.apply(this, given);
        };"""
    )
    oscar.enters("oscar")
    with Line(port, name="jinny") as jinny:
        jinny.types("one", "broken", "three")
        oscar.sees("three")
    assert oscar.talk() == ["one", "three"]
    assert set(oscar.complaints) == {"no such text"}
    oscar.complaints.clear()


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (
            "Object.defineProperty(window, 'isSecureContext', { value: false }); " + NO_PERMISSION,
            "only if it came by https",
        ),
        ("Object.defineProperty(Notification, 'permission', { value: 'denied' });", "switched off"),
        ("delete window.Notification;", "does not let a page tell you"),
    ],
    ids=["http", "denied", "missing"],
)
def test_a_bell_that_cannot_ring_says_why(visit: Opens, world: str, told: str) -> None:
    oscar = visit()
    oscar.page.add_init_script(f"if (location.protocol === 'http:') {{ {world} }}")
    oscar.enters("oscar")
    oscar.page.locator("#bell").click()
    oscar.sees(told)
    expect(oscar.page.locator("#bell")).to_have_attribute("aria-pressed", "false")


# --- the network -------------------------------------------------------------------------------------


def comes(page: Page, name: str) -> None:
    """Give a name at the door."""
    page.locator("#name").fill(name)
    page.locator("#name").press("Enter")


# A WebSocket that is closed before it is open, as long as `isClosed`; and the browser's own from then on.
CLOSED = """window.isClosed = true; window.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url.replace(/stomp$/, window.isClosed ? "no" : "stomp"), protocols);
  }
};"""


def test_a_server_that_is_away_is_said_at_the_door_and_waited_for(visit: Opens) -> None:
    oscar = visit()
    oscar.page.add_init_script(CLOSED)
    oscar.page.route("**/stomp?*", lambda route: route.abort())
    oscar.goes()
    comes(oscar.page, "oscar")
    expect(oscar.page.locator("#door-told")).to_contain_text("The server cannot be reached. Connecting again in")
    oscar.page.evaluate("window.isClosed = false")
    oscar.settles()
    expect(oscar.page.locator("#door")).to_be_hidden()


TEXT, HTML = "text/plain", "text/html"


@pytest.mark.parametrize(
    ("status", "kind", "body", "told"),
    [
        (403, TEXT, "The page is from https://a, and this server was asked for as b.", "was asked for as b"),
        (426, TEXT, "", "A proxy has to pass it on, with the Host that the browser asked for, 127.0.0.1"),
        (404, HTML, "<h1>no</h1>", "A proxy has to pass it on"),
        (502, HTML, "<h1>Bad Gateway</h1>", "The server cannot be reached."),
        (503, TEXT, "The chat is full.", "The chat is full."),
    ],
)
def test_a_page_whose_websocket_is_not_let_through_says_why(
    visit: Opens, *, status: int, kind: str, body: str, told: str
) -> None:
    oscar = visit()
    oscar.page.add_init_script(CLOSED)
    oscar.page.route(
        "**/stomp?*", lambda route: route.fulfill(status=status, headers={"content-type": kind}, body=body)
    )
    oscar.goes()
    comes(oscar.page, "oscar")
    expect(oscar.page.locator("#door-told")).to_contain_text(told)


def test_the_server_tells_the_page_why_its_websocket_is_refused(visit: Opens) -> None:
    """As behind a proxy that changes what the page was asked for as."""
    oscar = visit()
    oscar.page.add_init_script(CLOSED)
    oscar.page.route("**/stomp?*", lambda route: route.continue_(url=f"{oscar.url}stomp?origin=http://other"))
    oscar.goes()
    comes(oscar.page, "oscar")
    expect(oscar.page.locator("#door-told")).to_contain_text("The page is from http://other")


def test_a_direct_message_that_is_given_again_is_shown_once(visit: Opens, port: int) -> None:
    """The server gives one again of which it does not know whether it was read; also if its talk is closed by then."""
    oscar = visit().enters("oscar")
    talk = oscar.page.locator("#room-list button", has_text="@jinny")
    with Line(port, name="jinny") as jinny:
        jinny.types("/msg oscar once")
        talk.first.click()
        oscar.sees("once")
        oscar.page.get_by_role("button", name="Leave @jinny").click()
        oscar.page.reload()
        oscar.settles()
        jinny.types("/msg oscar twice")
        talk.first.click()
        oscar.sees("twice")
    assert oscar.talk() == ["twice"]


# --- tabs that go, and come --------------------------------------------------------------------------


def test_a_tab_that_was_isClosedand_is_opened_again_has_its_name(visit: Opens, port: int) -> None:
    """The others hear that it has gone only if it stays away, and that it has gone, not that it was lost."""
    keys = visit().enters("keys")
    with Line(port, name="jinny") as jinny:
        keys.sees("jinny joined")
        again = keys.tab()
        keys.page.goto("about:blank")
        again.goto(keys.url)
        expect(again.locator("#name")).to_have_value("keys")
        again.locator("#name").press("Enter")
        expect(again.locator("body.settled")).to_be_attached()
        expect(again.locator("#me")).to_have_text("keys")
        assert jinny.reads("keys ").endswith("keys quit")


def test_a_tab_that_was_doubled_is_another_one_and_both_go_on(visit: Opens, relay: Relay, port: int) -> None:
    """A browser copies what the tab has kept: its session's secret, and what was not sent."""
    oscar = visit().enters("oscar")
    entry = oscar.page.locator("#entry")
    with Line(port, name="jinny") as jinny:
        oscar.sees("jinny joined")
        relay.falls_silent()
        oscar.says("not sent yet", "/msg jinny nor this")
        oscar.page.locator("#room-list button", has_text="#lobby").first.click()
        entry.fill("a long draft")
        relay.comes_back()
        with oscar.context.expect_page() as opened:
            oscar.page.evaluate("void window.open(location.href)")
        double = opened.value
        comes(double, "oscar2")
        expect(double.locator("#me")).to_have_text("oscar2")
        relay.cut()
        jinny.reads("<oscar> not sent yet")
        jinny.reads("-oscar- nor this")
        oscar.settles()
        expect(oscar.page.locator("#banner")).to_be_hidden()
        expect(entry).to_have_value("a long draft")
        entry.press("Enter")
        jinny.reads("<oscar> a long draft")
        double_entry = double.locator("#entry")
        double_entry.fill("from the double")
        double_entry.press("Enter")
        jinny.reads("<oscar2> from the double")
        oscar.sees("from the double")
    assert oscar.talk() == ["not sent yet", "a long draft", "from the double"]


def test_a_registered_name_points_at_the_field_for_its_password(visit: Opens) -> None:
    oscar = visit().enters("oscar").says("/register my long password")
    oscar.sees("oscar is yours now")
    guest = visit().goes()
    comes(guest.page, "oscar")
    told = guest.page.locator("#door-told")
    expect(told).to_have_text(
        "oscar is registered. If it is yours, give its password below. Otherwise choose another name."
    )
    comes(guest.page, "Server")
    expect(told).to_contain_text("the server's own name")
    expect(guest.page.locator("#name")).to_be_focused()
