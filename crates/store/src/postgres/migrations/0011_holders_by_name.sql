-- Whoever holds a role, beside the role: a list of holders in the order of their names is a part of one index then.
ALTER TABLE subject_role ADD COLUMN IF NOT EXISTS username_canonical text COLLATE "C";

-- Filled in by the database, so that nodes of the release before do it too.
CREATE OR REPLACE FUNCTION name_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.username_canonical := (SELECT s.username_canonical FROM admit.subject s WHERE s.id = NEW.subject_id);
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS name_holder ON subject_role;
CREATE TRIGGER name_holder BEFORE INSERT ON subject_role FOR EACH ROW EXECUTE FUNCTION name_holder();

CREATE OR REPLACE FUNCTION rename_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE admit.subject_role SET username_canonical = NEW.username_canonical WHERE subject_id = NEW.id;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS rename_holder ON subject;
CREATE TRIGGER rename_holder AFTER UPDATE OF username_canonical ON subject FOR EACH ROW EXECUTE FUNCTION rename_holder();
-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS subject_role_by_holder ON subject_role (split_part(role, '@', 1), username_canonical);
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_subject_and_kind ON event (subject, kind, seq) WHERE subject IS NOT NULL;
-- Those who held a role before, in parts: a change of one of their roles waits for its part alone.
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '0';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '1';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '2';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '3';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '4';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '5';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '6';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '7';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '8';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = '9';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'a';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'b';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'c';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'd';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'e';
UPDATE subject_role r SET username_canonical = s.username_canonical FROM subject s
    WHERE s.id = r.subject_id AND r.username_canonical IS NULL AND right(r.subject_id::text, 1) = 'f';
