"""What every room stands on: errors, names, configuration, files and the run folder. No torch."""
