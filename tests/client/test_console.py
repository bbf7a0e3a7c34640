"""The operator's console: the same client, at the server's Unix socket."""

from __future__ import annotations

from chatproto.testing import ChatInMemory
from tests.client.kit import Desk


def console_on(chat: ChatInMemory, *, prompts: bool = True) -> Desk:
    return Desk(chat, "console", prompts=prompts, console=True)


def test_a_line_is_announced_to_all_and_it_is_in_no_room() -> None:
    chat = ChatInMemory()
    jinny, console = chat.person("jinny"), console_on(chat)

    assert console.types("Class is over.") == ["* Everybody has been told."]
    assert jinny.reads() == ["* server announces: Class is over."]
    assert console.session.rooms == {}


def test_help_lists_what_every_rank_may_do() -> None:
    (told,) = console_on(ChatInMemory()).types("/help")

    assert all(f"* {word} " in told for word in ("/shutdown", "/kick", "/grant", "/who", "/quit"))
    assert not any(f"* {word} " in told for word in ("/join", "/nick", "/register", "/echo"))


def test_it_puts_out_of_the_server_and_out_of_a_room() -> None:
    chat = ChatInMemory()
    chat.person("jinny")
    bob, console = chat.person("bob"), console_on(chat)
    bob.types("/join dev")
    console.types("/kick #dev bob", "/kick jinny")

    assert list(chat.factory.chat.people) == ["bob"]
    assert list(chat.factory.chat.rooms) == ["#lobby"]


def test_it_cannot_join_and_is_told_so() -> None:
    (told,) = console_on(ChatInMemory()).types("/join dev")

    assert told.startswith("! The console has no name, no account and is in no room: give /join ROOM")


def test_one_command_is_done_answered_and_over() -> None:
    chat = ChatInMemory()
    chat.person("jinny")
    console = console_on(chat, prompts=False)
    found = console.types("/who")
    console.conversation.ended()
    console.net.wait(3)

    assert found == ["* 1 on the server: jinny"]
    assert (console.paper.closed, console.conversation.status) == (True, 0)


def test_a_refused_command_makes_it_1() -> None:
    console = console_on(ChatInMemory(), prompts=False)
    found = console.types("/kick jinny")
    console.conversation.ended()
    console.net.wait(3)

    assert found == ["! There is no jinny here. /who lists who is."]
    assert console.conversation.status == 1


def test_after_shutdown_it_does_not_wait_for_another_server() -> None:
    chat = ChatInMemory()
    console = console_on(chat)
    console.types("/shutdown")
    chat.factory.close()
    console.net.wait(3)

    assert console.net.calls == 1
    assert (console.paper.closed, console.conversation.status) == (True, 0)
