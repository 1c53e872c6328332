"""The command line: a verb a file. A verb's module is loaded only when it is asked for."""
