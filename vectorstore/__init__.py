"""Read, split, embed, store and find: a court opinion as data."""
