"""What networks for masks reach on a drawn set: `python -m mask_study.measure WORK` measures."""
