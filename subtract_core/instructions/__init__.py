"""Instructions: sentences that say how a part is to be played, and the files that training reads them from."""
