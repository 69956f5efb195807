"""The gNB's procedures, each in the order of its figure in TS 38.413 clause 8."""
