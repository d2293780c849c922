"""Takes the pictures of the README and of the user guide, all anew: people play the real shop on the chat page.

What is taken is in `scenes.py`; where it is played is in `studio.py`.
"""
