"""The gRPC door: it translates between the stock protocol and the core."""
