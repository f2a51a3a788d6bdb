"""Trains the reader: what it learns from, its two models, and what is measured of them.

Needs the training data beside the project and torch; nothing here is imported to answer.
"""
