"""Run a set of questions with known answers, and know how far the assistant can be trusted."""
