"""Every path of the conversation, as people walk it: by the words on the buttons, in their language, over HTTP."""
