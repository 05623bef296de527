/* Placeholder until this room has its first source file; delete it then. */ typedef int dectbed_room;
