"""`python -m chatproto …` is `twistd -n chat …`, without a look at what else Twisted might start.

twistd looks through all plugins, and writes into its log what it may not write beside them; here there is only one.
"""

import sys
from collections.abc import Iterator
from typing import Any

from twisted.application import app
from twisted.scripts.twistd import ServerOptions, runApp  # type: ignore[attr-defined] # it is what twistd runs

from twisted.plugins.chatproto_plugin import chat


class Options(ServerOptions):
    """twistd's options, and those of the chat."""

    @property
    def subCommands(self) -> Iterator[tuple[str, None, Any, str]]:
        """What there is to start."""
        self.loadedPlugins = {chat.tapname: chat}
        yield chat.tapname, None, chat.options, chat.description


sys.argv[:] = ["twistd", "-n", "--pidfile=", "chat", *sys.argv[1:]]
app.run(runApp, Options)
