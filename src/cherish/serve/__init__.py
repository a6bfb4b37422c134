"""The server: events from every client in, customers out."""
