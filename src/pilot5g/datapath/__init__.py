"""The user plane: rules to packets. One interface (service.datapath), implementations side by side."""
