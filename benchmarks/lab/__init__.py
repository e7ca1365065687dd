"""Proof without photographs: a pseudo-real twin of the renders, labels and all; and with them.

camera.py       the camera that the refiner never sees
twin.py         a dataset of twin.yaml → photographs (JPEG) and the same dataset with their pixels
arms.py         what is trained on: renders, refined renders, labelled photographs
segmenter.py    a small network that is trained on one arm and tested on held-out twin frames
detector.py     another one, over the same trunk (trunk.py)
lab.py          every arm, every seed, one table: python -m benchmarks.lab.lab
linemod.py      the gap to real photographs: python -m benchmarks.lab.linemod
"""
