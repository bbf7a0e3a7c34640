"""The window: `python -m chatproto.gui`.

    window ──▶ talk ──▶ session        what is typed, on its way out
    window ◀── desk ◀── talk ◀── session        what is heard, on its way in

The law here: what there is to be seen is values (the client's `desk`; `lines`, `look`), made without a display, and
the window draws them when it finds the time. Only `theme`, `entrance`, `entry`, `sides`, `transcript`, `window` and
`run` know tkinter.
"""
