"""Make renders look like a user's own photographs, and break no label.

fit        photographs and renders → a model folder
apply      a model and a dataset → the same dataset with refined pictures, every frame judged
compare    how much of the gap between renders and photographs was closed
audit      the same judgement for anybody's refined pictures
"""
