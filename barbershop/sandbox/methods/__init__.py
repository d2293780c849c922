"""The Bot API methods, by topic. Importing the package registers them all."""

from barbershop.sandbox.methods import callbacks, chats, edits, inline, messages, polling, profile, webhooks

__all__ = ["callbacks", "chats", "edits", "inline", "messages", "polling", "profile", "webhooks"]
