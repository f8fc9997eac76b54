"""What several rooms need and none of them owns: faults with a place, YAML and tables as people write them."""
