"""What operators see of masters' time."""

from observability import integrity

# One walk along the index `availability_blocks_by_start`; a join of the table with itself would need the constraint's
# own index to be quick, which is gone when it matters. The id is that of the block that begins too early.
integrity.register(
    "overlapping_blocks",
    """
    SELECT id FROM (
        SELECT id, starts_at,
               max(upper(during)) OVER (PARTITION BY master_id ORDER BY starts_at
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
          FROM availability_blocks
    ) AS block
     WHERE starts_at < taken_until
    """,
)
