"""The routes of `/api/v1`, a file each for what they are about, and the probes."""
