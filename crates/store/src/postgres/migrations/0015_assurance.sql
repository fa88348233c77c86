-- What was proved at the sign-in: the seconds of the last proof times 256, plus the bits of the methods. NULL in a row that a node of
-- the previous release wrote: a password, given when the sign-in began.
ALTER TABLE session ADD COLUMN IF NOT EXISTS assurance bigint;
ALTER TABLE token_family ADD COLUMN IF NOT EXISTS assurance bigint;
