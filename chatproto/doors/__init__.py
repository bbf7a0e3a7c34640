"""The ways in: Twisted protocols, one file each, that turn bytes into commands and events into bytes."""
