"""What is done with stems that were drawn: choosing one, and making it as loud as its song asks."""
