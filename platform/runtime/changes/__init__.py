"""Changes as they commit, for whoever watches. Owns no decision about runs; what is told was committed before."""
