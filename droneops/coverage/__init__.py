"""Which ground was really looked at, how well, when and in what light; and where looking matters at all."""
