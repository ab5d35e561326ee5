"""What the server is told: flags and configuration files."""
