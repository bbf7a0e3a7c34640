"""`python -m chatproto …` is `twistd -n chat …`, without a pid file in the current folder."""

import sys

from twisted.scripts.twistd import run

sys.argv[:] = ["twistd", "-n", "--pidfile=", "chat", *sys.argv[1:]]
run()
