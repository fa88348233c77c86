-- Counts of attempts, which all nodes share. The rules are those of admit-core's throttle/count.rs; their numbers come with each call.
-- Times are milliseconds since 1970 by the clock of the database, and 0 is never.
CREATE TABLE attempt_count (
    -- Under a key that the database has not: it tells neither a name nor an address.
    key bytea PRIMARY KEY CHECK (length(key) = 16),
    failed integer NOT NULL DEFAULT 0 CHECK (failed >= 0),
    -- Under way, begun in this slice of a minute and in the one before. Whoever has not said by then how an attempt ended has failed.
    under_way integer NOT NULL DEFAULT 0 CHECK (under_way >= 0),
    before integer NOT NULL DEFAULT 0 CHECK (before >= 0),
    slice bigint NOT NULL DEFAULT 0,
    begun bigint NOT NULL DEFAULT 0,
    failed_at bigint NOT NULL DEFAULT 0,
    seen bigint NOT NULL DEFAULT 0,
    -- From when on it says what one that is not there does. In whole hours, so that most writes leave the index alone.
    until bigint NOT NULL DEFAULT 0
);
CREATE INDEX attempt_count_by_until ON attempt_count (until);

-- A count as it is at a time: what began in slices that are over has failed.
CREATE FUNCTION attempt_count_at(wanted bytea, now_ms bigint) RETURNS attempt_count LANGUAGE plpgsql AS $$
DECLARE
    c attempt_count;
    now_slice bigint := now_ms / 60000;
    lost integer;
BEGIN
    SELECT * INTO c FROM attempt_count WHERE key = wanted;
    IF NOT FOUND THEN
        c := ROW(wanted, 0, 0, 0, now_slice, 0, 0, 0, 0);
        RETURN c;
    END IF;
    c.begun := least(c.begun, now_ms);
    c.failed_at := least(c.failed_at, now_ms);
    c.seen := least(c.seen, now_ms);
    c.slice := least(c.slice, now_slice);
    IF c.slice < now_slice THEN
        lost := c.before;
        IF c.slice + 1 = now_slice THEN
            c.before := c.under_way;
        ELSE
            lost := lost + c.under_way;
            c.before := 0;
        END IF;
        IF lost > 0 THEN
            c.failed := c.failed + lost;
            c.failed_at := greatest(c.failed_at, c.begun);
            c.seen := greatest(c.seen, (c.slice + 1) * 60000 - 1);
        END IF;
        c.under_way := 0;
        c.slice := now_slice;
    END IF;
    RETURN c;
END $$;

CREATE FUNCTION attempt_count_keep(c attempt_count) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO attempt_count VALUES (c.*)
    ON CONFLICT (key) DO UPDATE SET failed = c.failed, under_way = c.under_way, before = c.before, slice = c.slice, begun = c.begun,
        failed_at = c.failed_at, seen = c.seen, until = c.until;
END $$;

-- One at a time, as Redis does it: the counters of an attempt change together. A crash may lose the last half second of it, and nobody
-- waits for a disk.
CREATE FUNCTION attempt_counts_in_turn(at_ms bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('admit attempt counts', 0));
    RETURN coalesce(at_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
END $$;

-- Counts an attempt in all of its counters, or in none. The outcome is 'counted', 'wait' or 'used-up'.
CREATE FUNCTION reserve_attempt(
    keys bytea[], free integer[], most bigint[], forget bigint[], remember bigint[], keep bigint[], stops text[], at_ms bigint,
    OUT outcome text, OUT counter integer, OUT wait bigint, OUT counted_at bigint, OUT first_try boolean, OUT last boolean
) LANGUAGE plpgsql AS $$
DECLARE
    now_ms bigint := attempt_counts_in_turn(at_ms);
    c attempt_count;
    counts attempt_count[] := '{}';
    full_ones boolean[] := '{}';
    is_fresh boolean := false;
    over integer;
    one bigint;
BEGIN
    counter := 0;
    wait := 0;
    counted_at := now_ms;
    first_try := false;
    last := false;
    FOR i IN 1..cardinality(keys) LOOP
        c := attempt_count_at(keys[i], now_ms);
        IF now_ms - c.seen >= forget[i] THEN
            c.failed := 0;
        END IF;
        counts[i] := c;
        full_ones[i] := c.failed + c.under_way + c.before >= free[i];
        IF i = 1 THEN
            is_fresh := c.under_way + c.before = 0 AND (c.seen = 0 OR now_ms - c.seen >= remember[i]);
        END IF;
        IF stops[i] = 'used-up' AND full_ones[i] THEN
            outcome := 'used-up';
            RETURN;
        END IF;
        first_try := first_try OR (is_fresh AND stops[i] = 'unless-first' AND full_ones[i]);
    END LOOP;
    FOR i IN 1..cardinality(keys) LOOP
        c := counts[i];
        over := c.failed + c.under_way + c.before - free[i];
        IF over >= 0 AND (stops[i] = 'waits' OR (stops[i] = 'unless-first' AND NOT first_try)) THEN
            one := CASE WHEN c.under_way + c.before > 0 THEN greatest(c.begun, c.failed_at) ELSE c.failed_at END;
            one := least(1000::bigint << least(over, 32), most[i]) - (now_ms - one);
            IF one > wait THEN
                counter := i - 1;
                wait := one;
            END IF;
        END IF;
    END LOOP;
    IF wait > 0 THEN
        outcome := 'wait';
        RETURN;
    END IF;
    outcome := 'counted';
    FOR i IN 1..cardinality(keys) LOOP
        c := counts[i];
        c.under_way := c.under_way + 1;
        IF NOT (first_try AND stops[i] = 'unless-first') THEN
            c.begun := now_ms;
        END IF;
        c.until := greatest(c.until, (now_ms + keep[i]) / 3600000 * 3600000 + 3600000);
        PERFORM attempt_count_keep(c);
        last := last OR (stops[i] = 'used-up' AND c.failed + c.under_way + c.before >= free[i]);
    END LOOP;
END $$;

-- Writes down how attempts ended: 'failed', 'taken-back' or 'cleared'.
CREATE FUNCTION settle_attempts(
    keys bytea[], keep bigint[], began bigint[], delays boolean[], endings text[], at_ms bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_ms bigint := attempt_counts_in_turn(at_ms);
    c attempt_count;
    began_at bigint;
    in_time boolean;
BEGIN
    FOR i IN 1..cardinality(keys) LOOP
        c := attempt_count_at(keys[i], now_ms);
        began_at := least(began[i], now_ms);
        in_time := began_at / 60000 + 1 >= c.slice;
        IF began_at / 60000 = c.slice THEN
            c.under_way := greatest(c.under_way - 1, 0);
        ELSIF in_time THEN
            c.before := greatest(c.before - 1, 0);
        END IF;
        IF endings[i] = 'failed' AND in_time THEN
            c.failed := c.failed + 1;
            c.seen := now_ms;
            IF delays[i] THEN
                c.failed_at := greatest(c.failed_at, began_at);
            END IF;
        ELSIF endings[i] = 'cleared' AND c.seen <= began_at THEN
            c.failed := 0;
            c.seen := 0;
        END IF;
        IF c.under_way + c.before = 0 AND c.seen = 0 THEN
            DELETE FROM attempt_count WHERE key = keys[i];
        ELSE
            c.until := greatest(c.until, (now_ms + keep[i]) / 3600000 * 3600000 + 3600000);
            PERFORM attempt_count_keep(c);
        END IF;
    END LOOP;
END $$;
