"""Side-by-side benchmarks: bookings and free slots against PostgreSQL by itself, the bot against a bare handler."""
