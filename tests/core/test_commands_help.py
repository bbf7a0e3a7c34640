import pytest

from chatproto.core.declare import Rank
from chatproto.core.events import Reason
from chatproto.core.parse import STANDARD
from chatproto.core.seats import Seat
from tests.core.talkers import Table


@pytest.mark.parametrize("rank", Rank)
def test_help_lists_what_one_may(rank: Rank) -> None:
    table = Table()
    table.person("maker", "dev")
    me = table.person("ann", *(["own"] if rank is Rank.OPERATOR else []), admin=rank is Rank.ADMIN)
    table.do(me, "/help")
    listed = [line.split()[0] for line in table.answers(me)[:-1]]
    assert listed == [f"/{spec.word}" for spec in STANDARD.given_from(Seat.CHAT) if spec.rank <= rank]


@pytest.mark.parametrize("word", ["kick", "/kick", "강퇴", "/เตะ"])
def test_help_explains_one_command_by_any_of_its_words(word: str) -> None:
    table = Table()
    ann = table.person("ann")
    table.do(ann, f"/help {word}")
    usage, *_, also, who = table.answers(ann)
    assert usage.startswith("/kick [#ROOM] NAME [WHY]")
    assert also == "Also: /강퇴, /추방, /เตะ"
    assert who == "For operators of the room and administrators."


def test_help_on_what_there_is_not_suggests() -> None:
    table = Table()
    assert table.refused(table.person("ann"), "/help kik") is Reason.BAD_COMMAND
