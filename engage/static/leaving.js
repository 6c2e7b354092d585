// On the tiles of a shared device: nobody writes here before they have signed in.
outbox.leaves();
