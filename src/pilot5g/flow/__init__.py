"""How a procedure runs: ask, collide, timers, the ways it can stop, the clock, the links."""
