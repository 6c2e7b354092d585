"""What can be read, viewed and listened to: the catalogue, the sources, the inbox, search."""
