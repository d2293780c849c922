"""Buttons about inviting who works here."""

from aiogram.filters.callback_data import CallbackData


class Invite(CallbackData, prefix="1inv"):
    """Ask whom to invite."""


class InviteMaster(CallbackData, prefix="1invm"):
    """Make a link that makes its opener a master."""


class InviteAdmin(CallbackData, prefix="1inva"):
    """Make a link that makes its opener an administrator."""
