"""Typed keys of the aiohttp application."""

from aiohttp import web

from barbershop.sandbox.world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)
