"""One sentence, one file: `tell` asks for its numbers and gives a scene, or says which column would unlock it."""
