"""The procedures of a phone, one a file; they know no clock and no socket."""
