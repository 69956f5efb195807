"""Keys and algorithms as pure functions (TS 33.501, TS 35.206, TS 35.231): no state, no I/O."""
