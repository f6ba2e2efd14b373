"""What an officer reads, in Thai and English: what, where, how sure, which way, what to beware of, to do.

Thai as the police say it on the radio: short, the fact first, no politeness. Nothing is said as certain that
is not: the probability stands beside the place, and a suspicion is called one.
"""
