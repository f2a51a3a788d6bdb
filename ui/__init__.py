"""The browser page: the conversation beside the opinion."""
