"""Relations made for some questions: one kind of rows, one file; facts name them, the engine makes each once."""
