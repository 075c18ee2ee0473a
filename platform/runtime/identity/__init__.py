"""Ways to sign in: one interface, and what is behind it. Who is let in, and as what, is `services.sessions`."""
