"""Names that belong to people, as their clients have them: proved once, kept in memory, shown nowhere."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from chatproto.client.bot import Bot, Dismissed
from chatproto.client.conversation import Setting
from chatproto.client.options import chosen
from chatproto.client.outbox import Asking
from chatproto.client.run import Plan
from chatproto.client.session import Manner
from chatproto.configuration import Configuration
from chatproto.core.members import MAX_PLACES
from chatproto.core.parse import STANDARD
from chatproto.testing import ChatInMemory
from tests.client.kit import Desk, Heard, Net, Played, frames, guarded_chat, session_on

PASSWORD, TOKEN = "open sesame", "chat_1"
CHECK_TOKEN = (
    "The name and the password or token do not go together. "
    "Look at --name NAME and at --token TOKEN, or CHAT_TOKEN in the environment."
)


def restarted(desk: Desk, *registered: str) -> ChatInMemory:
    """Cut a desk's connection, and put a new server that knows these names in the old one's place."""
    old = desk.net.chat
    desk.net.chat = guarded_chat(*registered, clock=old.clock)
    desk.net.cut()
    desk.net.wait(5)
    return desk.net.chat


def members(chat: ChatInMemory) -> dict[str, str]:
    return {name: member.account for name, member in chat.factory.chat.people.items()}


def everything_of(desk: Desk) -> str:
    paper = desk.paper
    return "\n".join([*paper.shown, *paper.told, *paper.asked, *desk.troubles(), repr(list(desk.session.outbox))])


# --- at a terminal --------------------------------------------------------------------------------


def test_a_name_that_belongs_to_somebody_is_explained_and_proved_at_the_prompt() -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat, "oscar")

    assert desk.paper.shown == [
        "! oscar belongs to somebody. If that is you: /login oscar PASSWORD. Otherwise choose another name."
    ]
    assert desk.paper.asked == ["Your name: "]
    desk.types(f"/login oscar {PASSWORD}")
    assert members(chat) == {"oscar": "oscar"}
    assert desk.session.current == "#lobby"


def test_or_another_name_is_taken() -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat, "oscar")
    desk.types("jinny")

    assert members(chat) == {"jinny": ""}


@pytest.mark.parametrize("word", ["/login", "/로그인", "／ล็อกอิน"])
def test_the_first_prompt_takes_a_password_too(word: str) -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat)
    desk.types(f"{word} oscar {PASSWORD}")

    assert members(chat) == {"oscar": "oscar"}


def test_a_wrong_password_is_asked_for_again_and_nobody_knocks_meanwhile() -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat)

    assert desk.types("/login oscar open says me") == [
        "! The name or the password is wrong.",
        "* Type a name; one that is yours as: /login NAME PASSWORD",
    ]
    desk.net.wait(120)
    assert desk.net.calls == 1
    desk.types(f"/login oscar {PASSWORD}")
    assert members(chat) == {"oscar": "oscar"}


def test_one_who_guesses_too_often_is_told_to_wait_and_may_still_choose_another_name() -> None:
    desk = Desk(guarded_chat("oscar"))
    for _ in range(5):
        desk.types("/login oscar nonsense")

    assert desk.types("/login oscar nonsense") == ["! Too many wrong passwords. Try again in 10s."]
    desk.types("jinny")
    assert desk.session.up


def test_a_token_that_does_not_go_with_the_name_is_not_tried_with_the_next_one() -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat, "oscar", token="chat_2")
    desk.types("jinny")

    assert members(chat) == {"jinny": ""}


def test_half_a_login_at_the_prompt_is_explained() -> None:
    desk = Desk(guarded_chat("oscar"))

    assert desk.types("/login oscar") == ["! Usage: /login NAME PASSWORD"]
    assert desk.net.calls == 0


def test_logging_in_over_a_guests_name_gives_the_own_one_and_own_lines_are_known() -> None:
    chat = guarded_chat("oscar")
    jinny, desk = chat.person("jinny"), Desk(chat, "guest")
    jinny.reads()
    told = desk.types(f"/login OSCAR {PASSWORD}", "hi")

    assert told == ["* guest is now oscar", "* Welcome back, oscar."]
    assert desk.session.name == "oscar"
    assert jinny.reads() == ["* guest is now oscar", "[00:00] <oscar> hi"]


def test_the_own_name_is_known_though_no_room_tells_it() -> None:
    chat = guarded_chat("oscar")
    desk = Desk(chat, "guest")
    desk.types("/leave", f"/login oscar {PASSWORD}")

    assert desk.session.name == "oscar"


def test_a_wrong_password_changes_nothing() -> None:
    desk = Desk(guarded_chat("oscar"), "guest")

    assert desk.types("/login oscar nonsense") == ["! The name or the password is wrong."]
    assert desk.session.name == "guest"
    assert "passcode" not in desk.session.introduction().headers


# --- coming back ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines", "login", "passcode"),
    [
        ("guest", ["/login oscar open sesame"], "oscar", "open sesame"),
        ("guest", ["/login oscar open sesame", '/passwd "open sesame" "another one"'], "oscar", "another one"),
        ("guest", ["/login oscar open sesame", "/nick bob"], "oscar", "open sesame"),
        (
            "guest",
            ["/login oscar open sesame", "/nick bob", '/passwd "open sesame" "another one"'],
            "oscar",
            "another one",
        ),
        ("jinny", ["/register a password: with\\ signs"], "jinny", "a password: with\\ signs"),
        ("jinny", ["/nick bob", "/register a password"], "bob", "a password"),
        ("jinny", ["/register short"], "jinny", ""),
        ("jinny", ["/login oscar nonsense"], "jinny", ""),
        ("guest", ["/login oscar open sesame", "/passwd nonsense another-one"], "oscar", "open sesame"),
        ("jinny", ["/passwd another other-one"], "jinny", ""),
    ],
)
def test_what_was_proved_is_kept_for_coming_back(name: str, lines: list[str], login: str, passcode: str) -> None:
    desk = Desk(guarded_chat("oscar"), name)
    desk.types(*lines)
    headers = desk.session.introduction().headers

    assert (headers["login"], headers.get("passcode", "")) == (login, passcode)


def test_a_server_that_was_restarted_takes_it_in_by_its_password() -> None:
    desk = Desk(guarded_chat("oscar"), "guest")
    desk.types(f"/login oscar {PASSWORD}")
    chat = restarted(desk, "oscar")
    jinny = chat.person("jinny")
    desk.types("hi")

    assert members(chat) == {"oscar": "oscar", "jinny": ""}
    assert jinny.reads() == ["[00:00] <oscar> hi"]
    assert len(desk.paper.asked) == 0


def test_a_password_that_was_changed_elsewhere_is_asked_for_once_and_not_tried_for_ever() -> None:
    desk = Desk(guarded_chat("oscar"), "guest")
    desk.types(f"/login oscar {PASSWORD}")
    desk.net.chat = guarded_chat("oscar", password="changed since", clock=desk.net.chat.clock)
    desk.net.cut()
    desk.net.wait(120)

    assert (desk.net.calls, len(desk.paper.asked)) == (2, 1)
    desk.types("/login oscar changed since", "hi")
    assert desk.session.up
    assert list(desk.session.rooms) == ["#lobby"]


def test_a_guest_whose_name_was_registered_meanwhile_is_asked_and_goes_back_into_the_rooms() -> None:
    desk = Desk(guarded_chat(), "oscar")
    chat = restarted(desk, "oscar")
    assert len(desk.paper.asked) == 1
    desk.types("jinny")

    assert [m.name for m in chat.factory.chat.rooms["#lobby"].members.values()] == ["jinny"]


def test_two_clients_of_one_account_are_one_person() -> None:
    chat = guarded_chat("oscar")
    one, two = Desk(chat, "guest"), Desk(chat)
    one.types(f"/login oscar {PASSWORD}")
    two.types(f"/login oscar {PASSWORD}", "안녕")
    one.net.run()

    assert one.paper.shown[-1:] == ["[00:00] <oscar> 안녕"]
    assert two.paper.shown[-1:] != ["[00:00] <oscar> 안녕"]
    assert list(chat.factory.chat.people) == ["oscar"]


def test_clients_of_one_account_that_are_too_many_do_not_put_each_other_out_for_ever() -> None:
    chat = guarded_chat("oscar")
    desks = [Desk(chat) for _ in range(MAX_PLACES + 1)]
    for desk in desks:
        desk.types(f"/login oscar {PASSWORD}")
    for _ in range(60):
        chat.wait(1.0)
        for desk in desks:
            desk.net.run()

    assert [desk.net.calls for desk in desks] == [1] * len(desks)
    assert desks[0].paper.shown[-1:] == ["! You came in at 10 other places with this name, so this one was closed."]
    assert [desk.session.up for desk in desks] == [False] + [True] * MAX_PLACES


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/login oscar open sesame", "/login oscar …"),
        ("/로그인 oscar open sesame", "/로그인 oscar …"),
        ("/register open sesame", "/register …"),
        ('/passwd "open sesame" sesame', "/passwd …"),
        ("/claim open-sesame", "/claim …"),
        ("/msg jinny open sesame", "/msg jinny open sesame"),
    ],
)
def test_what_is_secret_in_a_line_is_never_shown(line: str, shown: str) -> None:
    asking = Asking(line, STANDARD.parse(line))

    assert (asking.shown, repr(asking)) == (shown, f"Asking('{shown}')")


@pytest.mark.parametrize("line", ["/login oscar open sesame", "/register open sesame", "/passwd open sesame"])
def test_a_password_under_way_at_a_cut_is_not_sent_again_and_not_shown(line: str) -> None:
    desk = Desk(guarded_chat("oscar"), "guest")
    desk.conversation.typed(line)
    desk.net.cut()
    seen = everything_of(desk)
    assert desk.paper.shown[-1].startswith("! The connection was cut: nobody knows whether this was done: /")
    desk.net.wait(5)

    assert "sesame" not in seen + everything_of(desk)
    assert members(desk.net.chat) == {"guest": ""}
    assert not desk.session.outbox


def test_a_password_typed_while_cut_off_is_sent_once_the_connection_is_back_and_not_shown() -> None:
    desk = Desk(guarded_chat("oscar"), "guest")
    desk.net.cut()
    desk.conversation.typed(f"/login oscar {PASSWORD}")
    seen = everything_of(desk)
    desk.net.wait(5)

    assert members(desk.net.chat) == {"oscar": "oscar"}
    assert "sesame" not in seen + everything_of(desk)


def test_a_token_is_in_no_representation_and_in_no_help(capsys: pytest.CaptureFixture[str]) -> None:
    options = chosen(["--token", TOKEN])
    plan = Plan(endpoint="", setting=Setting(""), manner=Manner(), token=TOKEN)
    with pytest.raises(SystemExit):
        chosen(["--help"], Configuration({"CHAT_TOKEN": TOKEN}, {}))
    told = capsys.readouterr().out

    assert TOKEN not in repr(options) + repr(plan) + told
    assert "CHAT_TOKEN" in told


@pytest.mark.parametrize(
    ("argv", "environ", "file", "token"),
    [
        (["--token", "a"], {"CHAT_TOKEN": "b"}, {"CHAT_TOKEN": "c"}, "a"),
        ([], {"CHAT_TOKEN": "b\n"}, {"CHAT_TOKEN": "c"}, "b"),
        ([], {}, {"CHAT_TOKEN": "c"}, "c"),
        ([], {}, {}, ""),
    ],
)
def test_a_token_comes_from_the_command_line_the_environment_or_the_file(
    argv: list[str], environ: dict[str, str], file: dict[str, str], token: str
) -> None:
    assert chosen(argv, Configuration(environ, file)).token == token


# --- a pipe ---------------------------------------------------------------------------------------


def piped(chat: ChatInMemory, *lines: str, name: str = "oscar", token: str = "") -> Desk:
    desk = Desk(chat, name, prompts=False, patience=10.0, token=token)
    desk.types(*lines)
    desk.conversation.ended()
    desk.net.wait(30)
    assert desk.paper.closed
    return desk


def test_a_pipe_with_a_token_is_who_it_says() -> None:
    chat = guarded_chat("oscar")
    jinny = chat.person("jinny")
    desk = piped(chat, "hi", token=TOKEN)

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> hi", "* oscar quit"]
    assert (desk.conversation.status, desk.troubles()) == (0, [])


def test_a_pipe_without_one_is_told_what_to_do_and_fails() -> None:
    desk = piped(guarded_chat("oscar"), "hi")

    assert (desk.net.calls, desk.conversation.status) == (1, 1)
    assert desk.troubles()[0] == (
        "If the name is yours, prove it with --token TOKEN, or CHAT_TOKEN in the environment. "
        "Otherwise choose another name with --name NAME."
    )


@pytest.mark.parametrize("name", ["oscar", "nobody"])
def test_a_pipe_with_a_wrong_token_fails_at_once(name: str) -> None:
    desk = piped(guarded_chat("oscar"), "hi", name=name, token="chat_2")

    assert (desk.net.calls, desk.conversation.status, desk.troubles()[0]) == (1, 1, CHECK_TOKEN)


def test_a_pipes_first_line_may_be_its_login() -> None:
    chat = guarded_chat("oscar")
    jinny = chat.person("jinny")
    desk = piped(chat, f"/login oscar {PASSWORD}", "hi", name="")

    assert jinny.reads()[1] == "[00:00] <oscar> hi"
    assert desk.conversation.status == 0


def test_a_wrong_password_in_a_pipe_makes_it_1() -> None:
    """WIRE.md: a refusal has "`receipt-id` when the frame asked for a receipt"."""
    assert piped(guarded_chat("oscar"), "/login oscar nonsense", name="guest").conversation.status == 1


# --- a session, a bot -----------------------------------------------------------------------------


def test_a_slow_servers_password_counts_only_once_it_is_receipted() -> None:
    server = Played(Clock())
    session = session_on(server)
    heard = Heard(session)
    session.start("guest")
    server.accepts("guest")
    line = f"/login oscar {PASSWORD}"
    session.ask(line, STANDARD.parse(line))
    (frame,) = frames(server.got(), "SEND")
    assert "idempotency-key" not in frame.headers
    assert (session.name, "passcode" in session.introduction().headers) == ("guest", False)
    server.sends("RECEIPT", receipt_id=frame.headers["receipt"])

    assert (session.name, session.introduction().headers["passcode"]) == ("oscar", PASSWORD)
    assert heard.log[-1][0] == "done"


@pytest.mark.parametrize("passcode", ["a\nb", "a\rb", "a\0b"])
def test_what_connect_cannot_say_is_not_kept(passcode: str) -> None:
    server = Played(Clock())
    session = session_on(server)
    Heard(session)
    session.start("oscar", passcode)

    assert "passcode" not in frames(server.got(), "CONNECT")[0].headers


def bot_on(chat: ChatInMemory, passcode: str) -> tuple[Net, list[str]]:
    net, why = Net(chat), []
    bot = Bot(net, chat.clock)
    ended = bot.start("oscar", "#lobby", passcode=passcode)
    ended.addErrback(lambda failure: why.append(str(failure.check(Dismissed) and failure.getErrorMessage())))
    net.run()
    return net, why


def test_a_bot_with_its_token_has_its_name_also_after_a_restart() -> None:
    chat = guarded_chat("oscar")
    net, why = bot_on(chat, TOKEN)
    assert members(chat) == {"oscar": "oscar"}
    net.chat = guarded_chat("oscar", clock=chat.clock)
    net.cut()
    net.wait(5)

    assert (members(net.chat), why) == ({"oscar": "oscar"}, [])


def test_a_bot_with_a_wrong_token_ends_with_the_reason() -> None:
    net, why = bot_on(guarded_chat("oscar"), "chat_2")
    net.wait(60)

    assert (net.calls, why) == (1, ["The name or the password is wrong."])
