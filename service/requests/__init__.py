"""What clients ask for, turned into complete specs: fine-tunes, generations, edits."""
