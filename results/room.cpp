// Placeholder until this room has its first source file; delete it then.
