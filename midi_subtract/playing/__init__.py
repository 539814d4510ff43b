"""What players do and a sampler does not: choosing, mending, finishing and arranging of parts that were drawn."""
