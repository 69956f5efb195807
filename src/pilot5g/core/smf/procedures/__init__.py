"""The procedures of an SMF, one file each, in the order of their figures in TS 23.502."""
