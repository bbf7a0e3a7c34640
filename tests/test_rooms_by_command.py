"""A program may also join and leave rooms with command lines; its subscriptions follow."""

from chatproto.testing import ChatInMemory


def test_a_room_joined_by_a_command_is_heard_under_its_destination() -> None:
    """STOMP 1.2, MESSAGE: the header `subscription` is required, so that it may not be empty."""
    chat = ChatInMemory()
    bot, oscar = chat.program("bot"), chat.person("oscar")
    bot.sends("SEND", {"destination": "/command"}, "/join Dev")
    oscar.types("/join dev", "hi")

    said = [f.headers["subscription"] for f in bot.reads() if f.headers.get("destination") == "/room/dev"]
    assert said == ["/room/dev", "/room/dev"]


def test_a_room_left_by_a_command_may_be_subscribed_again_under_the_same_id() -> None:
    chat = ChatInMemory()
    bot = chat.program("bot")
    bot.joins("dev")
    bot.sends("SEND", {"destination": "/command"}, "/leave #dev")
    bot.reads()
    bot.joins("dev")

    assert [(f.command, f.headers.get("room")) for f in bot.reads()] == [("MESSAGE", "#dev")]
