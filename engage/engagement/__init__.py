"""The diary of what happened in the library, and the figures kept of it."""
