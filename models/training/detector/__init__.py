"""The one-stage detector: network, training, export, evaluation."""
