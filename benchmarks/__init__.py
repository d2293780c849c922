"""Side-by-side benchmarks: the booking service and the free slots against PostgreSQL doing the same by itself."""
