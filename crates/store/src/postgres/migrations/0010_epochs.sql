-- A standby that takes over may lack the last commits of its primary, and a backup does. Numbers given from here on would be
-- given twice, so each such history of the database is an epoch, and numbers of a new one begin past those of all before it.

CREATE TABLE epoch (
    -- Where its numbers begin. The second in which it began, times 2^20: nobody gives a million numbers a second.
    base bigint PRIMARY KEY CHECK (base >= 0),
    -- What the database says of itself, as history() has it.
    history text NOT NULL,
    -- The name of the list of signals, drawn at random: two standbys of one primary never have the same.
    log bigint NOT NULL,
    -- The last numbers that were there when it began: of the 256 shards, and of the list of signals.
    survived bigint[] NOT NULL CHECK (cardinality(survived) = 257),
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Another after each promotion, in another cluster or database, and in one that was put back from a dump. The timeline is the one
-- that is written under: what pg_control_checkpoint() knows of it is old until the next checkpoint.
CREATE FUNCTION history() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT format('%s/%s/%s/%s', (SELECT system_identifier FROM pg_catalog.pg_control_system()),
                  left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8),
                  (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()), 'admit.shard'::regclass::oid)
$$;

CREATE FUNCTION in_its_epoch() RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT (SELECT e.history FROM admit.epoch e ORDER BY e.base DESC LIMIT 1) IS NOT DISTINCT FROM admit.history()
$$;

-- Begins an epoch where the database is in none of its own. The first one to come does it; the others wait.
CREATE FUNCTION begin_epoch() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    heads bigint[];
    fresh bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('admit epoch', 0));
    IF admit.in_its_epoch() THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM admit.shard ORDER BY id FOR UPDATE;
    PERFORM 1 FROM admit.signal_head FOR UPDATE;
    heads := (SELECT array_agg(s.head ORDER BY s.id) FROM admit.shard s) || (SELECT h.seq FROM admit.signal_head h);
    fresh := (SELECT max(head) FROM unnest(heads) head);
    IF EXISTS (SELECT 1 FROM admit.epoch) THEN
        fresh := greatest(fresh + 1, floor(extract(epoch FROM clock_timestamp()))::bigint << 20,
                          (SELECT max(e.base) + (1 << 20) FROM admit.epoch e));
    END IF;
    INSERT INTO admit.epoch (base, history, log, survived)
    VALUES (fresh, admit.history(), ('x' || right(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint, heads);
    IF (SELECT count(*) FROM admit.epoch) > 1 THEN
        UPDATE admit.shard SET head = fresh;
        UPDATE admit.signal_head SET seq = fresh;
    END IF;
    RETURN true;
END
$$;

SELECT begin_epoch();

-- No number is given outside of an epoch, whichever release a node is of.
CREATE FUNCTION keep_to_its_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT admit.in_its_epoch() THEN
        RAISE EXCEPTION 'another server has taken over, or a backup was put back, and no new epoch has begun yet'
            USING ERRCODE = 'AD001';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_to_its_epoch BEFORE UPDATE ON shard FOR EACH STATEMENT EXECUTE FUNCTION keep_to_its_epoch();
CREATE TRIGGER keep_to_its_epoch BEFORE UPDATE ON signal_head FOR EACH STATEMENT EXECUTE FUNCTION keep_to_its_epoch();
