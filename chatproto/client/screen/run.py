"""The screen on a reactor: asyncio's, since prompt_toolkit lives there.

The law here: the terminal is given back as it was, whatever happens, and what stood on the screen stays to be read.
Nothing here imports Twisted's standard input and output, which cannot read a Windows console.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.shortcuts import print_formatted_text
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatproto.client.conversation import Conversation
from chatproto.client.run import Program
from chatproto.client.screen.display import STYLE
from chatproto.client.screen.front import Front
from chatproto.client.tastes import Tastes


def install() -> Any:  # noqa: ANN401 - of many interfaces
    """Install asyncio's reactor, on the kind of loop that Twisted takes on Windows too, and return it."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install(asyncio.SelectorEventLoop())
    from twisted.internet import reactor

    return reactor


class ScreenProgram(Program):
    """One run on a screen."""

    def _conversation(self, tastes: Tastes, environ: Mapping[str, str]) -> Conversation:
        term = environ.get("TERM", "")
        self.front = Front(self.session, tastes, self.plan.setting, self._closed, term=term)
        return self.front.talk

    def _begin(self) -> None:
        self._reactor.callLater(0, super()._begin)  # asyncio's loop has to run already

    def _open(self) -> None:
        gone = Deferred.fromCoroutine(self._show())
        gone.addErrback(self._broken).addBoth(lambda _: self._closed())

    async def _show(self) -> None:
        """Be on the screen until it is closed."""
        run = self.front.app.run_async(set_exception_handler=False, handle_sigint=False)
        await Deferred.fromFuture(asyncio.ensure_future(run))
        for row in self.front.last_rows():
            print_formatted_text(FormattedText(row), style=STYLE)

    def _broken(self, failure: Failure) -> None:
        """Leave when the terminal has gone (its end, or an error in writing to it); all else is a bug, and shown."""
        self.conversation.interrupted()
        self.status = self.status or 1
        if not failure.check(EOFError, OSError):
            failure.printTraceback(sys.stderr)
