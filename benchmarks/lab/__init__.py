"""Proof without photographs: a pseudo-real twin of the renders, labels and all.

camera.py       the camera that the refiner never sees
twin.py         a dataset of twin.yaml → photographs (JPEG) and the same dataset with their pixels
segmenter.py    a small network that is trained on one arm and tested on held-out twin frames
lab.py          every arm, every seed, one table: python benchmarks/lab/lab.py
"""
