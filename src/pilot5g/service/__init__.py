"""What one network function asks of another: one interface per file, no implementation."""
