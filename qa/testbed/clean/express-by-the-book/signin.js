import passport from 'passport';
import { Strategy } from 'passport-local';
import { byEmail, withCredentials } from './users.js';

passport.use(new Strategy({ usernameField: 'email', passwordField: 'pass' }, (email, pass, done) => {
  withCredentials(String(email), String(pass)).then((user) => done(null, user ?? false), done);
}));

passport.serializeUser(({ email, version }, done) => done(null, { email, version }));

passport.deserializeUser(({ email, version }, done) => {
  const user = byEmail(email);
  done(null, user?.version === version ? user : false);
});

export const remembered = passport.session();

export const check = passport.authenticate('local', {
  failureRedirect: '/signin',
  failureMessage: 'That address and password do not belong together.',
});

// The messages of failed tries, which are shown once.
export function takeMessages(req) {
  const messages = req.session.messages ?? [];
  delete req.session.messages;
  return messages.slice(-1);
}

// Signing in again makes a new session id.
export function signInAgain(req, user) {
  return new Promise((done, failed) => req.login(user, (error) => (error ? failed(error) : done())));
}

export function endSession(req) {
  return new Promise((done, failed) => req.session.destroy((error) => (error ? failed(error) : done())));
}

export function members(req, res, next) {
  if (req.isAuthenticated()) next();
  else res.redirect('/signin');
}
