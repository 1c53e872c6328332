"""The pictures of `docs/understanding`: each drawn from the numbers that its page computes."""
