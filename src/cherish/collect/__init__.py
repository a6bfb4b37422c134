"""Events in: files and tables of other tools become events, orders and customer traits."""
