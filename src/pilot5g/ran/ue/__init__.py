"""The emulated phone: SIM, 5GMM, 5GSM and user plane of a UE (TS 24.501, TS 33.501)."""
