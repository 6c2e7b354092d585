"""What is put on show: displays, the home page, outgoing feeds."""
