"""The parts put together: where the answers to the first question lead, and how a window is closed."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator

import pytest
from twisted.internet.testing import MemoryReactorClock

from chatproto.client.conversation import Stage
from chatproto.gui.options import chosen
from chatproto.gui.run import Program
from chatproto.testing import ChatInMemory
from tests.client.kit import Net
from tests.gui.kit import talk_on


class Reactor(MemoryReactorClock):
    """A reactor that only notes that it was stopped."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.running = True

    def stop(self) -> None:
        self.running = False


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    root = tk.Tk(screenName=display)
    root.update()
    yield root
    for later in root.tk.splitlist(root.tk.call("after", "info")):
        root.after_cancel(later)
    root.destroy()


def begun(root: tk.Tk, *argv: str) -> tuple[Program, Reactor]:
    reactor = Reactor()
    program = Program(reactor, root, chosen(argv))
    program.begin()
    root.update()
    return program, reactor


def called(reactor: Reactor) -> list[tuple[str, int]]:
    """Return where connections were asked for."""
    return [(host, port) for host, port, *_ in reactor.tcpClients]


def explained(program: Program) -> str:
    return str(program.window.entrance._why["text"])


def test_nobody_is_called_before_there_is_a_name(root: tk.Tk) -> None:
    program, reactor = begun(root, "127.0.0.1", "--port", "6000")
    assert called(reactor) == []
    program.enter("oscar", "127.0.0.1:7000", "")

    assert called(reactor) == [("127.0.0.1", 7000)]


def test_who_gives_a_name_at_the_start_is_not_asked(root: tk.Tk) -> None:
    program, reactor = begun(root, "127.0.0.1", "--name", "oscar", "--token", "chat_1")

    assert called(reactor) == [("127.0.0.1", 5005)]
    assert program.window.talk
    assert program.window.talk.session.name == "oscar"


@pytest.mark.parametrize("server", ["a:b:c", "127.0.0.1:99999", "nosuch:place"])
def test_what_is_no_servers_address_is_said_so(root: tk.Tk, server: str) -> None:
    program, reactor = begun(root)
    program.enter("oscar", server, "")

    assert f"{server} is no server's address" in explained(program)
    assert called(reactor) == []


def test_another_answer_takes_the_place_of_the_first(root: tk.Tk) -> None:
    program, reactor = begun(root)
    program.enter("oscar", "127.0.0.1:6000", "")
    first = program.window.talk
    program.enter("oscar", "127.0.0.1:7000", "")

    assert called(reactor) == [("127.0.0.1", 6000), ("127.0.0.1", 7000)]
    assert first
    assert first.stage is Stage.OVER
    assert program.window.talk is not first
    assert reactor.running


def test_a_window_closed_at_the_first_question_is_the_end(root: tk.Tk) -> None:
    program, reactor = begun(root)
    program.leave()

    assert not reactor.running


def test_a_window_closed_while_nobody_answers_is_the_end(root: tk.Tk) -> None:
    program, reactor = begun(root, "127.0.0.1", "--name", "oscar")
    program.leave()

    assert not reactor.running
    assert program.goodbye() is not None


def at_a_chat(root: tk.Tk, name: str) -> tuple[Program, Reactor, Net]:
    """Return a program whose talk is on a chat in memory, where jinny is."""
    program, reactor = begun(root)
    chat = ChatInMemory()
    chat.person("jinny")
    net = Net(chat)
    program.enter(name, "127.0.0.1:6000", "")
    program.window.take_up(talk_on(net, program.window, name))
    assert program.window.talk
    program.window.talk.begin(name)
    net.run()
    return program, reactor, net


def test_a_name_that_is_taken_on_this_server_is_asked_for_in_the_same_talk(root: tk.Tk) -> None:
    program, reactor, net = at_a_chat(root, "jinny")
    talk = program.window.talk
    program.enter("oscar", "127.0.0.1:6000", "")
    net.run()

    assert program.window.talk is talk
    assert talk
    assert (talk.stage, talk.session.name) == (Stage.TALKING, "oscar")
    assert len(called(reactor)) == 1


def test_a_window_closed_with_something_unsent_asks_once(root: tk.Tk) -> None:
    program, reactor, net = at_a_chat(root, "oscar")
    talk = program.window.talk
    assert talk
    net.there = False
    net.cut()
    talk.typed("kept here")
    program.leave()
    assert (reactor.running, talk.stage) == (True, Stage.TALKING)
    program.leave()

    assert not reactor.running


def test_a_window_closed_says_goodbye(root: tk.Tk) -> None:
    program, reactor, net = at_a_chat(root, "oscar")
    program.leave()
    assert not root.winfo_viewable()
    net.run()

    assert not reactor.running
    assert list(net.chat.factory.chat.people) == ["jinny"]
