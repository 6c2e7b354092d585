"""HTTP, forms and rendering: the tools that every wing's pages are made with."""
