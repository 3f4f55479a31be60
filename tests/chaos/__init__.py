"""Chaos: clients burst requests while everything is killed; then whether all that was accepted was done.

make chaos                     # 1,000 accepted operations
make chaos OPS=10000 SEED=7    # more, and which random moments
"""
