"""The Bot API methods, by topic. Importing the package registers them all."""

from barbershop.sandbox.methods import callbacks, edits, messages, polling, profile

__all__ = ["callbacks", "edits", "messages", "polling", "profile"]
