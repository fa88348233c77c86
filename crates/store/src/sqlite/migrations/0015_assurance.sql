-- What was proved at the sign-in: the seconds of the last proof times 256, plus the bits of the methods. NULL in a row of an
-- earlier release: a password, given when the sign-in began.
ALTER TABLE session ADD COLUMN assurance INTEGER CHECK (assurance > 0);
ALTER TABLE token_family ADD COLUMN assurance INTEGER CHECK (assurance > 0);
