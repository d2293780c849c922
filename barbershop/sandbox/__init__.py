"""A local Telegram: Bot API server, chat page and faults. A development tool, see `server.py`.

The package knows nothing of the shop: it imports no app, only aiohttp. Everything lives in memory,
so a restart forgets chats, updates and files (update and message ids go on growing, see `world.py`).
"""
