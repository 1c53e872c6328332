"""The tables of the page on trust: what calibration, refusals, planted faults and advice come to on real data."""
