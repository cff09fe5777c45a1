"""Rules over what manifests say: a file for each family, findings as values.

Nothing here reads a file of the tree, a clock or the network: what is looked at, and the moment, arrive as arguments.
What makes a manifest unreadable or wrong in shape (SR0, SR1) is found by `manifest`; here is what those codes mean.
"""
