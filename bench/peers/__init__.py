"""One way to train a file, ours and the peers' own: each runs in a process of its own and takes turns with the others."""
