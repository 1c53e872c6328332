"""The studio's page of the docs: each view as it looks on real runs, photographed in a real browser."""
