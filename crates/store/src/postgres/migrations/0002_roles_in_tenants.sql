-- A role may be held in one tenant alone: editor@acme.
ALTER TABLE subject_role DROP CONSTRAINT IF EXISTS subject_role_role_check;
ALTER TABLE subject_role ADD CONSTRAINT subject_role_role_check
    CHECK (role ~ '^[a-z0-9_-]{1,64}(@[a-z0-9_-]{1,64})?$') NOT VALID;
-- Outside of the transaction
ALTER TABLE subject_role VALIDATE CONSTRAINT subject_role_role_check;
