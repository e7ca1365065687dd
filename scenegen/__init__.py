"""scenegen: YAML recipe in, images with pixel-true labels out."""

__version__ = "0.1.0"
