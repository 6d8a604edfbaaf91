"""Train the second net, the learned half of the red-flag rules.

bank -> augment -> fit -> limits -> export
"""
