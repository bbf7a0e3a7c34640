"""The rules of the chat, as values and pure functions: no Twisted, no clock, no files, no randomness."""
