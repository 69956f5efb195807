"""Configuration to objects to a running network."""
