"""What was receipted survives kill -9, and every reader goes on where it was, and the checker can say no."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability import whispers
from tests.durability.kill import Seen, Sent, check, kill_many

ANN = Sent("ann", "dev", {"ann says 1": 1, "ann says 2": 3})
BOB = Sent("bob", "dev", {"bob says 1": 2})
KEPT = [(1, "ann", "ann says 1"), (2, "bob", "bob says 1"), (3, "ann", "ann says 2")]
SEEN = [(seq, seq - 1, text) for seq, _, text in KEPT]


def test_fifty_kills(tmp_path: Path) -> None:
    outcome = kill_many(tmp_path, kills=50, seed=3)
    assert outcome.broken == []
    assert outcome.receipts > 50
    assert outcome.promised > 50


def test_nothing_is_wrong_where_nothing_is() -> None:
    assert list(check([ANN, BOB], [Seen("eve", "dev", SEEN)], {"dev": KEPT})) == []


@pytest.mark.parametrize(
    ("kept", "seen", "complaint"),
    [
        (KEPT[:2], SEEN[:2], "lost: 'ann says 2' was receipted as dev 3"),
        ([*KEPT, (4, "ann", "ann says 2")], [*SEEN, (4, 3, "ann says 2")], "double: ann"),
        ([KEPT[2], KEPT[0]], [], "out of order"),
        ([KEPT[0], KEPT[2]], [], "number 2 is missing"),
        (KEPT, SEEN[:2], "eve in dev came to 2 of 3"),
        (KEPT, [SEEN[0], SEEN[2]], "after 1 came 3 (prev 2)"),
        (KEPT, [*SEEN, SEEN[2]], "after 3 came 3"),
        (KEPT, [*SEEN, (4, 3, "ann says 3")], "seen and not kept: eve saw 'ann says 3'"),
        (KEPT, [SEEN[0], (2, 1, "bob says 9"), SEEN[2]], "seen and not kept: eve saw 'bob says 9'"),
    ],
)
def test_the_checker_sees(kept: list[tuple[int, str, str]], seen: list[tuple[int, int, str]], complaint: str) -> None:
    if complaint.startswith("out of order"):
        kept = [(n, who, text) for n, (_, who, text) in enumerate(kept, 1)]
    complaints = list(check([ANN, BOB], [Seen("eve", "dev", seen)], {"dev": kept}))
    assert any(complaint in c for c in complaints), complaints


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"1": "hi"}, "lost: 'psst' was receipted and not read"),
        ({"1": "hi", "2": "psst", "3": "psst"}, "double: bob read 1 messages under two ids"),
        ({"1": "hi", "2": "psst", "3": "boo"}, "read and never sent: 'boo'"),
        ({"1": "hi", "2": "psst", "3": "perhaps"}, ""),
    ],
)
def test_the_checker_sees_what_became_of_direct_messages(words: dict[str, str], complaint: str) -> None:
    told = whispers.Told("ann", "bob", receipted={"hi", "psst"}, sent={"hi", "psst", "perhaps"})
    found = list(whispers.check([told], [whispers.Heard("bob", words=words)]))
    assert found == ([complaint] if complaint else [])
