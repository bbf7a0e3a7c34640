"""What outlives the server, from end to end: a chat on a file, ended and started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import ChatInMemory, Person
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords


class Server:
    """A chat on one file, which may be started again."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "chat.sqlite"
        self.start()

    def start(self) -> None:
        """Start (again: the one before is never closed, as after kill -9)."""
        journal = SqliteJournal(self._file, AtOnce(), AtOnce())
        self.chat = ChatInMemory(journal=journal, passwords=PlainPasswords())

    def person(self, name: str, *lines: str) -> Person:
        """Somebody who comes in and types lines, one after the other; registered if the name is oscar."""
        person = self.chat.person()
        person.types(f"/login {name} correct horse" if name == "oscar" and self._known() else name)
        for line in lines:
            person.types(line)
        return person

    def _known(self) -> bool:
        return self.chat.factory.chat.accounts.get("oscar") is not None


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server on which oscar is registered and away."""
    server = Server(tmp_path)
    server.person("oscar", "/register correct horse", "/quit")
    return server


def test_a_dozen_words_wait_in_their_order_through_a_restart_and_more_come_after_them(server: Server) -> None:
    server.person("jinny", *(f"/msg oscar word {n}" for n in range(12)), "/quit")
    server.start()
    server.person("jinny", "/msg oscar word 12", "/quit")
    server.start()
    oscar = server.person("oscar")
    assert [line.removeprefix("\a") for line in oscar.reads() if "-jinny- " in line] == [
        f"-jinny- word {n}" for n in range(13)
    ]


def test_a_mute_stays_with_a_person_who_took_another_name_through_a_restart(server: Server) -> None:
    server.person("oscar", "/join dev")
    bob = server.person("bob", "/join dev")
    server.chat.console().types("/mute #dev bob")
    bob.types("/nick carl")
    server.start()
    server.person("oscar", "/join dev")
    carl = server.person("carl", "/join dev", "hello")
    assert carl.reads()[-1] == "! You are muted in #dev."


def test_a_room_that_a_program_made_is_its_owners_after_a_restart(server: Server) -> None:
    program = server.chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"})
    program.sends("SUBSCRIBE", {"id": "1", "destination": "/room/dev"})
    server.start()
    server.person("bob", "/join dev")
    oscar = server.person("oscar", "/join dev", "/kick bob")
    assert not any(line.startswith("!") for line in oscar.reads())


def test_a_ban_holds_in_a_room_that_is_empty_and_after_a_restart(server: Server) -> None:
    server.person("oscar", "/join dev", "/ban bob", "/leave #dev")
    for _ in range(2):
        bob = server.person("bob", "/join dev")
        assert bob.reads()[-1] == "! You are banned here."
        server.start()
