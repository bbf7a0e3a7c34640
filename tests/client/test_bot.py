"""What a bot is made of."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatproto.client.bot import Bot, Dismissed
from chatproto.client.message import Message
from chatproto.client.session import Manner
from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory
from tests.client.kit import Net


class Ear(Bot):
    """Remembers what it is told."""

    heard_said: list[str]

    def said(self, message: Message) -> None:
        self.heard_said.append(f"{message.room} {message.who}: {message.text}")


def ear(chat: ChatInMemory, *rooms: str, lang: str = "") -> tuple[Ear, Net, Deferred[None]]:
    net = Net(chat)
    bot = Ear(net, chat.clock, manner=Manner(lang))
    bot.heard_said = []
    ended = bot.start("ear", *rooms)
    net.run()
    return bot, net, ended


def test_it_hears_what_others_say_in_its_rooms_and_nothing_else() -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    oscar.types("before it came")
    bot, net, _ = ear(chat, "#lobby", "#dev")
    oscar.types("hi", "/msg ear psst", "/me waves", "/join dev", "code", "/join elsewhere", "unheard")
    bot.say("#dev", "my own")
    net.run()

    assert bot.heard_said == ["#lobby oscar: hi", "#dev oscar: code"]


def test_it_stops_when_asked_to() -> None:
    chat = ChatInMemory()
    bot, net, ended = ear(chat, "#lobby")
    bot.stop()
    net.run()

    assert ended.called
    assert "ear" not in chat.factory.chat.people


def test_it_ends_with_the_reason_if_its_name_cannot_be_had() -> None:
    chat = ChatInMemory()
    chat.person("ear")
    bot, _, ended = ear(chat)
    bot.stop()  # a bot that has ended already may be stopped all the same
    caught: list[Failure] = []
    ended.addErrback(caught.append)

    assert [failure.check(Dismissed) for failure in caught] == [Dismissed]
    assert caught[0].getErrorMessage().startswith("Somebody is called ear already")


@pytest.mark.parametrize(("lang", "why"), [("", "The server did not let you in"), ("ko", "서버가 입장을 받아 주지")])
def test_it_ends_with_the_reason_if_it_is_not_let_in(lang: str, why: str) -> None:
    chat = ChatInMemory(Settings(max_users=1))
    chat.person("oscar")
    _, _, ended = ear(chat, lang=lang)
    caught: list[str] = []
    ended.addErrback(lambda failure: caught.append(failure.getErrorMessage()))

    assert [text for text in caught if text.startswith(why)] == caught
    assert len(caught) == 1


def test_it_enters_its_rooms_once_and_the_session_goes_back_to_them() -> None:
    chat = ChatInMemory()
    bot, net, _ = ear(chat, "#lobby")
    bot.session.leave("#lobby")
    net.run()
    net.cut()
    net.wait(3)

    (place,) = chat.factory.chat.people["ear"].places.values()
    assert list(place.rooms) == []


def test_it_goes_on_when_it_is_refused() -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    bot, net, ended = ear(chat, "#lobby")
    bot.say("#elsewhere", "hi")
    net.run()
    oscar.types("still there?")
    net.run()

    assert not ended.called
    assert bot.heard_said == ["#lobby oscar: still there?"]
