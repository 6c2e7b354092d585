"""The one door to the network, and the cage that foreign documents are read in."""
