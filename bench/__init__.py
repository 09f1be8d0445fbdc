"""What `make bench` measures: every figure that the project promises, beside the tools it is compared with."""
