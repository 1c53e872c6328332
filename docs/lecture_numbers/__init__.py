"""Makes the page `docs/lecture-numbers.md`: what lectures say in numbers, held against what the arithmetic gives.

`figures` reads the numbers in a claim and judges them, `reckon` does the sums through the package's own layers, the
`claims_*` files are the tables, and `page` writes them down. Run it with `make docs`.
"""
