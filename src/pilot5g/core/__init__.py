"""The network functions of the 5G core. They meet in pilot5g.service and never import each other."""
