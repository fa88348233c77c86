-- What was proved at the sign-in: the seconds of the last proof times 256, and the bits of the methods. Nothing in a row that a node
-- of the release before has written: a password, given when the sign-in began.
ALTER TABLE session ADD COLUMN IF NOT EXISTS assurance bigint;
ALTER TABLE token_family ADD COLUMN IF NOT EXISTS assurance bigint;
