# Only forwards: the scripts are what is run, also where there is no make.
.PHONY: setup demo test lint bench clean lock
setup demo test lint bench clean lock:
	@./script/$@
