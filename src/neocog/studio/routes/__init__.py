"""The interface under `/api/`: a file for each page, each route a line over a public function."""
