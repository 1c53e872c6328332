"""The tables of docs/ on how far verdicts and advice hold, computed on real data.

Each module measures one table, keeps every figure in a JSON file beside it, and gives the rows from there.
"""
