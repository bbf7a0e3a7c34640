"""The client for scripts: `send`, `tail` and `ask`, for a pipe, cron and CI.

    options ──▶ run ──▶ errand (send, tail or ask) ──▶ session        what is asked, on its way out
    exit status ◀────── errand ◀──────────────────── session        what is heard, on its way in

An errand knows no streams, signals or reactor: it is a listener of a session, as a bot is, that ends with a `Status`.
"""

WORDS = ("send", "tail", "ask")
