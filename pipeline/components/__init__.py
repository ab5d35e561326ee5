"""One folder per component: its contract and, apart from it, its work."""
