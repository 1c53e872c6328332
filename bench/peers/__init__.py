"""One way to train a file, ours and the peers' own: each runs in its own process, in turns with the others."""
