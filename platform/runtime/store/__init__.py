"""The two stores behind `ports.Store`: `postgres` holds the truth, `memory` serves tests and dry runs."""
