"""`python -m neocog` is `neocog`, for launchers that start a module: `torchrun -m neocog train ...`."""

from neocog.cli.__main__ import main

if __name__ == "__main__":
    main()
