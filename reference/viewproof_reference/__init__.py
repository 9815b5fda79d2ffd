"""The reference: what every aten view operator must do, in Python. It never imports the harness."""
