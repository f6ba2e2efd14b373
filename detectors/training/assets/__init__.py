"""What stands in a scene: things to be found, and things to be mistaken for them.

One table ``ASSETS`` (name to ``Asset``) a file; ``detectors.training.asset_groups`` brings them together.
"""
