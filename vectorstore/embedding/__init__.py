"""The embedding model: its files, the model of record, and its export for questions."""
