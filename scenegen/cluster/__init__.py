"""Beyond one machine: the tasks of a run on a Ray cluster, its files on object storage."""
