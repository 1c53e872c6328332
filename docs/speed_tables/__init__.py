"""What `docs/speed.md` is made of: the figures that the benches keep."""
