"""Questions about a court opinion, answered and checked."""
