import express from 'express';
import { field, form, link, page, say } from './pages.js';
import { matches, refusal } from './passwords.js';
import { cookie, cookieName, csrfToken, signinLimit } from './protection.js';
import { check, endSession, members, signInAgain, takeMessages } from './signin.js';
import { setPassword } from './users.js';

export const routes = express.Router({ caseSensitive: true, strict: true });

const text = (value) => (typeof value === 'string' ? value : '');

routes.get('/', (_req, res) => {
  res.send(page('The club', link('/signin', 'Sign in'), link('/profile', 'My profile')));
});

routes.get('/signin', (req, res) => {
  res.send(page(
    'Sign in',
    ...takeMessages(req).map(say),
    form(
      '/signin', csrfToken(req), 'Sign in',
      field('E-mail', 'email', { type: 'email', autocomplete: 'username' }),
      field('Password', 'pass', { type: 'password', autocomplete: 'current-password' }),
    ),
    link('/forgot', 'I have forgotten it'),
  ));
});

routes.post('/signin', signinLimit, check, (_req, res) => {
  res.locals.signedIn = true;
  res.redirect('/profile');
});

routes.post('/signout', async (req, res) => {
  await endSession(req);
  res.clearCookie(cookieName, cookie).redirect('/');
});

routes.get('/profile', members, (req, res) => {
  const { email, nickname } = req.user;
  res.send(page(
    'My profile',
    say(`Signed in as ${email}`),
    say(`Called ${nickname}`),
    form('/profile', csrfToken(req), 'Save', field('Nickname', 'nickname', { value: nickname, autocomplete: 'nickname' })),
    link('/settings/password', 'Password'),
    form('/signout', csrfToken(req), 'Sign out'),
  ));
});

routes.post('/profile', members, (req, res) => {
  req.user.nickname = text(req.body.nickname).slice(0, 100);
  res.redirect('/profile');
});

function passwordPage(req, reason) {
  return page(
    'Password',
    reason && say(reason),
    form(
      '/settings/password', csrfToken(req), 'Change it',
      field('Current password', 'current', { type: 'password', autocomplete: 'current-password' }),
      field('New password', 'new', { type: 'password', autocomplete: 'new-password' }),
    ),
  );
}

routes.get('/settings/password', members, (req, res) => res.send(passwordPage(req)));

routes.post('/settings/password', members, async (req, res) => {
  const next = text(req.body.new);
  const reason = await matches(text(req.body.current), req.user.password)
    ? refusal(next)
    : 'The current password is not right.';
  if (reason) return res.status(422).send(passwordPage(req, reason));
  await setPassword(req.user, next);
  await signInAgain(req, req.user);
  res.redirect('/profile');
});

routes.get('/forgot', (req, res) => {
  const address = field('E-mail', 'email', { type: 'email', autocomplete: 'username' });
  res.send(page('A new password', form('/forgot', csrfToken(req), 'Send me a link', address)));
});

routes.post('/forgot', (_req, res) => {
  res.send(page('A new password', say('If we know this address, a letter with a link is on its way to it.')));
});

routes.get('/manage', members, (req, res) => {
  if (req.user.role !== 'manager') return res.status(403).send(page('Not allowed', say('This is for managers.')));
  res.send(page('Manage the club', say('There are three members.')));
});
