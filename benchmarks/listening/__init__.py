"""What live recognition hears beside words: who speaks, and in which language."""
