"""mcuexport: PyTorch networks on microcontrollers, bit for bit what Python computed."""
