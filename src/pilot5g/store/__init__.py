"""Where state outlives a process: memory and SQLite behind one interface."""
