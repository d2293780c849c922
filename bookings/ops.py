"""What operators see of bookings: the states that must never be, although most are impossible by a constraint."""

from observability import integrity

integrity.register(
    "bookings_without_block",
    """
    SELECT id FROM bookings
     WHERE status <> 'cancelled'
       AND NOT EXISTS (SELECT 1 FROM availability_blocks b WHERE b.id = bookings.block_id AND b.kind = 'booking')
    """,
)
# The id is the block's. The time of a cancelled visit that kept it is taken for nobody, too.
integrity.register(
    "blocks_without_booking",
    """
    SELECT id FROM availability_blocks b
     WHERE kind = 'booking'
       AND NOT EXISTS (SELECT 1 FROM bookings WHERE block_id = b.id AND status <> 'cancelled')
    """,
)
# The buffer after a visit is its block's too, so a block may end later.
integrity.register(
    "bookings_outside_block",
    """
    SELECT bookings.id FROM bookings JOIN availability_blocks b ON b.id = block_id
     WHERE b.master_id <> bookings.master_id OR b.starts_at <> bookings.starts_at OR upper(b.during) < ends_at
    """,
)
# The id is the client's.
integrity.register(
    "several_active_bookings",
    """
    SELECT client_id FROM bookings
     WHERE status = 'confirmed' AND source = 'bot'
     GROUP BY client_id HAVING count(*) > 1
    """,
)
# Time kept for nobody. The sweep has a few minutes to give back what nobody answered in time.
integrity.register(
    "expired_holds",
    """
    SELECT id FROM availability_blocks b
     WHERE kind = 'hold'
       AND NOT EXISTS (SELECT 1 FROM slot_offers
                        WHERE hold_id = b.id AND status = 'open'
                          AND expires_at >= %(now)s::timestamptz - interval '5 minutes')
    """,
)
integrity.register(
    "offered_without_offer",
    """
    SELECT e.id
      FROM waitlist_entries e
      LEFT JOIN (SELECT waitlist_entry_id, count(*) AS number FROM slot_offers
                  WHERE status = 'open' GROUP BY waitlist_entry_id) AS open ON open.waitlist_entry_id = e.id
     WHERE coalesce(open.number, 0) <> (e.status = 'offered')::int
    """,
)
# Nobody will send the first until the sweep finds them, and nobody can word the others. Set against set, because in an
# outage, when thousands are pending that the planner's statistics know nothing of, it would choose to join in a loop.
integrity.register(
    "orphaned_notifications",
    """
    (SELECT id FROM notifications WHERE status = 'pending'
     EXCEPT
     SELECT (args ->> 'notification_id')::bigint FROM procrastinate_jobs
      WHERE status IN ('todo', 'doing') AND task_name = 'bookings.tasks.deliver_notification')
    UNION
    SELECT id FROM notifications WHERE booking_id IS NULL AND slot_offer_id IS NULL
    """,
)
