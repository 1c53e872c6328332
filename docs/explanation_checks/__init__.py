"""The checks table of the docs: which explanations may be believed of which trained network, and by what figures."""
