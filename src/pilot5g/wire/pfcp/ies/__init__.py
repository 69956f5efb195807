"""The information elements of PFCP (TS 29.244 8.2), by what they are about."""
