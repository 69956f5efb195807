"""The other half of every ladder: emulated gNBs and phones. It never imports pilot5g.core."""
