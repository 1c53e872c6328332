"""The tables of the page on trust: each module measures one, on real data."""
