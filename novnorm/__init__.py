"""The `novnorm` command; one file per subcommand."""
